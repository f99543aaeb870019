//! `workshop agenda`: a timetable for teaching a week.

use std::process::ExitCode;

use anyhow::Result;
use clap::builder::ValueParser;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::agenda::{self, Item, Rhythm};
use crate::catalogue;
use crate::course::Course;
use crate::page::Tier;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The week, such as week04
    week: String,
    /// How many minutes there are
    #[arg(long, allow_negative_numbers = true, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    minutes: u32,
    /// Minutes of work and of rest that take turns; 50/0 for no breaks
    #[arg(long, default_value = "50/10", value_name = "WORK/REST", value_parser = ValueParser::new(rhythm))]
    breaks: Rhythm,
}

fn rhythm(text: &str) -> Result<Rhythm, &'static str> {
    let numbers = text.split_once('/').and_then(|(work, rest)| Some((work.parse().ok()?, rest.parse().ok()?)));
    match numbers {
        Some((work @ 20..=240, rest @ 0..=120)) => Ok(Rhythm { work, rest }),
        _ => Err("it is 20 to 240 minutes of work, a slash and 0 to 120 of rest, such as 50/10"),
    }
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    let week = match super::week(&course, &args.week, text) {
        Ok(week) => week,
        Err(error) => return Ok(super::wrong_usage(&error)),
    };
    let items = agenda::items(&course, week);
    let planned = agenda::plan(&items, args.minutes, args.breaks);
    let Some(first) = items.iter().find(|item| item.core) else {
        println!("{}", tr!(text, "{week} has no core page yet, so there is nothing to plan", week = week.short()));
        return Ok(ExitCode::from(1));
    };
    if planned.slots.is_empty() {
        println!(
            "{}",
            tr!(
                text,
                "{minutes} minutes are too few: {title}, which comes first, takes {needed}",
                minutes = args.minutes,
                title = title(&course, first, text),
                needed = first.minutes
            )
        );
        return Ok(ExitCode::from(1));
    }
    println!("{}", tr!(text, "{week} in {minutes} minutes", week = week.short(), minutes = args.minutes));
    let mut begun = None;
    for slot in &planned.slots {
        let what = match slot.item {
            None => tr!(text, "Break"),
            Some(i) if begun == Some(i) => tr!(text, "{title}, continued", title = title(&course, &items[i], text)),
            Some(i) => title(&course, &items[i], text),
        };
        begun = slot.item.or(begun);
        println!("  {:>5}–{:<5}  {what}", clock(slot.from), clock(slot.to));
    }
    let (end, rest) = (planned.end(), planned.rest());
    println!(
        "{}",
        tr!(
            text,
            "{work} minutes of work, {rest} of breaks, {free} left",
            work = end - rest,
            rest = rest,
            free = args.minutes - end
        )
    );
    let list = |items_of: &[usize]| {
        for i in items_of {
            let minutes = items[*i].minutes;
            println!(
                "  {}",
                tr!(text, "{title} ({minutes} min)", title = title(&course, &items[*i], text), minutes = minutes)
            );
        }
    };
    if !planned.reserve.is_empty() {
        println!("\n{}", tr!(text, "In reserve, if there is time:"));
        list(&planned.reserve);
    }
    if !planned.left_out.is_empty() {
        println!("\n{}", tr!(text, "Does not fit:"));
        list(&planned.left_out);
    }
    Ok(ExitCode::SUCCESS)
}

/// The title of a page or an exercise, in the reader's language, with the machine that it needs.
fn title(course: &Course, item: &Item, text: &Catalogue) -> String {
    if item.exercise {
        let title = course.exercise(&item.id).map_or(item.id.as_str(), |exercise| text.get(&exercise.title)).to_owned();
        return tr!(text, "Exercise: {title}", title = title);
    }
    let Ok(page) = course.page(&item.id) else { return item.id.clone() };
    let translated = catalogue::translate(page, text);
    let title = translated.title();
    match page.front.tier {
        Tier::Laptop => title.to_owned(),
        Tier::Gpu => tr!(text, "{title} (needs a GPU)", title = title),
        Tier::Cluster => tr!(text, "{title} (needs several GPUs)", title = title),
    }
}

/// Minutes as hours and minutes: `1:05`.
fn clock(minutes: u32) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}
