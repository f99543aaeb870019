//! A cluster on this machine: a scheduler and executors, each a process of this program, so that all know the functions.
//!
//! A query leaves the client as a plan in which functions are names. The scheduler cuts the plan into stages where rows must
//! change places, and an executor runs a stage's tasks. Both look the names up: a function that one of them does not have
//! under this name fails the query.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use ballista::prelude::{SessionConfigExt as _, SessionContextExt as _};
use ballista_core::JobId;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::utils::default_session_builder;
use ballista_executor::execution_engine::{DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor};
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::start_server;
use datafusion::execution::SessionState;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::functions::{Settings, functions};

/// How long a cluster may take until all of it answers.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked whether all is well.
const GLANCE: Duration = Duration::from_millis(100);
/// What an executor says before the stage and the task that it begins.
const TASK: &str = "task";

/// An engine in this process.
///
/// # Errors
/// When a setting cannot be used.
pub fn in_process(settings: &Settings, partitions: usize) -> Result<SessionContext> {
    let config = SessionConfig::new().with_target_partitions(partitions);
    with_functions(SessionContext::new_with_config(config), settings)
}

// ANCHOR: both_sides
/// A client of the scheduler at this port.
///
/// # Errors
/// When a setting cannot be used.
pub async fn client(settings: &Settings, partitions: usize, port: u16) -> Result<SessionContext> {
    let config = SessionConfig::new_with_ballista().with_target_partitions(partitions);
    let state = default_session_builder(config)?;
    // Only now: becoming a client takes every function away that is not the engine's own.
    with_functions(SessionContext::remote_with_state(&format!("df://127.0.0.1:{port}"), state).await?, settings)
}

/// What the scheduler plans with.
fn session(settings: &Settings, config: SessionConfig) -> Result<SessionState> {
    Ok(with_functions(SessionContext::new_with_state(default_session_builder(config)?), settings)?.state())
}

fn with_functions(engine: SessionContext, settings: &Settings) -> Result<SessionContext> {
    functions(settings)?.into_iter().for_each(|function| engine.register_udf(function));
    Ok(engine)
}

/// What the executors know.
fn registry(settings: &Settings) -> Result<BallistaFunctionRegistry> {
    let mut registry = BallistaFunctionRegistry::default();
    for function in functions(settings)? {
        registry.scalar_functions.insert(function.name().to_owned(), Arc::new(function));
    }
    Ok(registry)
}
// ANCHOR_END: both_sides

/// Is the scheduler, until its parent ends it or ends.
///
/// # Errors
/// When it cannot listen.
pub async fn scheduler(settings: Settings, port: u16, executors: usize) -> Result<()> {
    end_with_parent();
    // Whether the settings can be used is known before a query comes.
    functions(&settings)?;
    let build = move |config: SessionConfig| {
        session(&settings, config).map_err(|error| datafusion::error::DataFusionError::External(error.into()))
    };
    let config = SchedulerConfig {
        external_host: Ipv4Addr::LOCALHOST.to_string(),
        bind_host: Ipv4Addr::LOCALHOST.to_string(),
        bind_port: port,
        // One task to each in turn: else the first takes all that it has room for.
        task_distribution: TaskDistributionPolicy::RoundRobin,
        min_ready_executors: executors,
        override_session_builder: Some(Arc::new(build)),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await?;
    Ok(start_server(cluster, (Ipv4Addr::LOCALHOST, port).into(), Arc::new(config)).await?)
}

/// Where an executor listens, and whom it works for.
#[derive(Debug, Clone)]
pub struct Executor {
    /// Its name.
    pub name: String,
    /// Where others fetch what it made.
    pub port: u16,
    /// Where it is given tasks.
    pub grpc_port: u16,
    /// The scheduler.
    pub scheduler_port: u16,
    /// Tasks at once.
    pub cores: usize,
    /// Where it keeps what it made.
    pub folder: PathBuf,
}

/// Is an executor, until its parent ends it or ends. Says which tasks it begins, a line each.
///
/// # Errors
/// When it cannot listen, or finds no scheduler.
pub async fn executor(settings: Settings, executor: Executor) -> Result<()> {
    end_with_parent();
    let config = ExecutorProcessConfig {
        executor_id: executor.name,
        external_host: Some(Ipv4Addr::LOCALHOST.to_string()),
        port: executor.port,
        grpc_port: executor.grpc_port,
        scheduler_host: Ipv4Addr::LOCALHOST.to_string(),
        scheduler_port: executor.scheduler_port,
        scheduler_connect_timeout_seconds: PATIENCE.as_secs() as u16,
        vcores: executor.cores,
        work_dir: Some(executor.folder.display().to_string()),
        override_function_registry: Some(Arc::new(registry(&settings)?)),
        override_execution_engine: Some(Arc::new(Told(DefaultExecutionEngine::new()))),
        ..ExecutorProcessConfig::default()
    };
    Ok(start_executor_process(Arc::new(config)).await?)
}

/// The engine of an executor, which also says what it is given.
struct Told(DefaultExecutionEngine);

impl ExecutionEngine for Told {
    fn create_query_stage_exec(
        &self,
        job_id: JobId,
        stage_id: usize,
        task_id: usize,
        global_output_partition_ids: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        work_dir: &str,
        config: &SessionConfig,
    ) -> datafusion::error::Result<Arc<dyn QueryStageExecutor>> {
        println!("{TASK} {stage_id} {task_id}");
        self.0.create_query_stage_exec(job_id, stage_id, task_id, global_output_partition_ids, plan, work_dir, config)
    }
}

/// Ends this process when the pipe to its parent breaks: whatever ended the parent, nothing stays behind.
fn end_with_parent() {
    std::thread::spawn(|| {
        let mut nothing = [0];
        while std::io::stdin().read(&mut nothing).is_ok_and(|count| count > 0) {}
        std::process::exit(0);
    });
}

/// A scheduler and its executors. Dropping it ends them.
#[derive(Debug)]
pub struct Cluster {
    /// Where the scheduler listens.
    pub port: u16,
    children: Vec<(String, Child)>,
    tasks: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Cluster {
    /// Starts the processes, on ports that are free, and waits until all executors are there.
    ///
    /// # Errors
    /// When one cannot be started, ends, or does not answer within a minute.
    pub async fn start(executors: usize, cores: usize, folder: &Path) -> Result<Self> {
        let ports = free_ports(1 + 2 * executors)?;
        let mut cluster = Self { port: ports[0], children: vec![], tasks: Arc::default() };
        let port = ports[0].to_string();
        cluster.child("scheduler", &["scheduler", "--port", &port, "--executors", &executors.to_string()])?;
        for (number, ports) in ports[1..].chunks(2).enumerate() {
            let name = format!("executor-{}", number + 1);
            let work = folder.join(&name);
            std::fs::create_dir_all(&work).with_context(|| work.display().to_string())?;
            cluster.child(
                &name,
                &[
                    "executor",
                    "--name",
                    &name,
                    "--port",
                    &ports[0].to_string(),
                    "--grpc-port",
                    &ports[1].to_string(),
                    "--scheduler-port",
                    &port,
                    "--cores",
                    &cores.to_string(),
                    "--folder",
                    &work.display().to_string(),
                ],
            )?;
        }
        cluster.wait().await?;
        Ok(cluster)
    }

    /// Starts this program again as a part of the cluster.
    fn child(&mut self, name: &str, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        if let Some(said) = child.stdout.take() {
            let (tasks, name) = (self.tasks.clone(), name.to_owned());
            tokio::spawn(async move {
                let mut lines = BufReader::new(said).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line.starts_with(TASK) {
                        *tasks.lock().unwrap_or_else(PoisonError::into_inner).entry(name.clone()).or_default() += 1;
                    }
                }
            });
        }
        self.children.push((name.to_owned(), child));
        Ok(())
    }

    /// Waits until the scheduler says that all executors are there.
    async fn wait(&mut self) -> Result<()> {
        let port = self.port;
        let ready = async {
            while !is_ready(port).await {
                tokio::time::sleep(GLANCE).await;
            }
        };
        tokio::select! {
            ready = tokio::time::timeout(PATIENCE, ready) => {
                ready.with_context(|| format!("the cluster does not answer after {} s", PATIENCE.as_secs()))
            }
            why = self.ended() => Err(why),
        }
    }

    /// Waits until a process of the cluster ends, which none should before it is told to: says which one.
    pub async fn ended(&mut self) -> anyhow::Error {
        loop {
            for (name, child) in &mut self.children {
                match child.try_wait() {
                    Ok(None) => {}
                    Ok(Some(status)) => return anyhow!("{name} ended before its time ({status})"),
                    Err(error) => return anyhow!("{name} is lost: {error}"),
                }
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// The process ids, by name.
    pub fn processes(&self) -> Vec<(String, u32)> {
        self.children.iter().filter_map(|(name, child)| Some((name.clone(), child.id()?))).collect()
    }

    /// How many tasks each executor was given, by name.
    pub fn tasks(&self) -> BTreeMap<String, usize> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the processes, executors first, and waits until they are gone.
    ///
    /// # Errors
    /// When one cannot be ended.
    pub async fn stop(mut self) -> Result<()> {
        for (name, child) in self.children.iter_mut().rev() {
            child.kill().await.with_context(|| format!("{name} cannot be ended"))?;
        }
        Ok(())
    }
}

/// Ports of this machine that nothing listens on. All are held until all are found, so that they differ.
fn free_ports(count: usize) -> Result<Vec<u16>> {
    let held: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>().context("no port")?;
    Ok(held.iter().map(|listener| listener.local_addr().map(|address| address.port())).collect::<Result<_, _>>()?)
}

/// Whether the scheduler has all its executors: it answers 200 to `GET /readyz`.
async fn is_ready(port: u16) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer.starts_with("HTTP/1.1 200"))
    };
    tokio::time::timeout(Duration::from_secs(2), ask).await.is_ok_and(|answer| answer.unwrap_or(false))
}
