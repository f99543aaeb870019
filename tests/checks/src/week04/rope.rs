//! The check of `week04/rope`: angles, turned vectors and gradients against transformers' Llama (half-split) and against
//! a product of complex numbers (interleaved), both in float64 (`tests/reference/week04_rope.py`).

use candle_core::{D, DType, Device, Result, Tensor, Var};
use sol04_attention::rope as ours;
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::{Values, arrived, zeros};

/// `angles(start, t, d, base, device)`: the cosines and the sines.
pub type Angles = fn(usize, usize, usize, f64, &Device) -> Result<(Tensor, Tensor)>;
/// `rope(x, start, base, half_split)`.
pub type Rope = fn(&Tensor, usize, f64, bool) -> Result<Tensor>;

/// The functions under test. The layout is a `bool`, true for half-split: the subject's own `Layout` is a type of its own.
pub struct Subject {
    /// `angles` of the crate.
    pub angles: Angles,
    /// `rope` of the crate.
    pub rope: Rope,
}

/// Grades a crate's `rope`.
#[macro_export]
macro_rules! week04_rope {
    ($($subject:tt)+) => {
        $crate::week04::rope::check().grade(&$crate::week04::rope::Subject {
            angles: $($subject)+::rope::angles,
            rope: |x, start, base, half_split| {
                use $($subject)+::rope::Layout;
                let layout = if half_split { Layout::HalfSplit } else { Layout::Interleaved };
                $($subject)+::rope::rope(x, start, base, layout)
            },
        })
    };
}

/// One input.
#[derive(Debug, Clone)]
pub struct Input {
    x: Tensor,
    start: usize,
    base: f64,
    half_split: bool,
    asked: Asked,
}

/// What is asked of the subject.
#[derive(Debug, Clone)]
enum Asked {
    /// The angles, the turned vectors, and the gradient of `x` for this gradient of the result.
    All { upstream: Tensor },
    /// `angles` alone.
    Angles,
    /// `rope` alone.
    Rope,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject {
        angles: ours::angles,
        rope: |x, start, base, half_split| {
            ours::rope(x, start, base, if half_split { ours::Layout::HalfSplit } else { ours::Layout::Interleaved })
        },
    };
    let observe =
        |subject: &Subject, input: &Input, values: &mut Values| measure(&subject.angles, &subject.rope, input, values);
    Check::new("week04/rope", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .refuses("angles for an odd head size", misfit(&[2, 5], Asked::Angles))
        .refuses("a head of odd size", misfit(&[2, 5], Asked::Rope))
        .refuses("a vector without a position", misfit(&[4], Asked::Rope))
        .mistake(
            "layouts swapped",
            "What you give for one layout is right for the other. Which two elements are neighbours, and which stand half a head apart?",
            "Interleaved pairs elements 2i and 2i + 1; half-split pairs i and i + D/2. Your two cases have changed places.",
        )
        .mistake(
            "always half-split",
            "Whichever layout is asked for, you turn pairs that stand half a head apart. Which two elements are neighbours?",
            "Interleaved pairs elements 2i and 2i + 1, and puts them back there: that layout needs a way of its own.",
        )
        .mistake(
            "always interleaved",
            "Whichever layout is asked for, you turn neighbours. Which element stands half a head after element 0?",
            "Half-split pairs elements i and i + D/2, and puts them back there: that layout needs a way of its own.",
        )
        .mistake(
            "taken as halves",
            "In the interleaved layout you turn an element of the first half together with one of the second. Which two elements are neighbours?",
            "Interleaved pairs are neighbours: reshape the last dimension to (D / 2, 2), so that the two elements of a pair lie along the last one.",
        )
        .mistake(
            "taken as neighbours",
            "In the half-split layout you turn two neighbours together. Which element stands half a head after element 0?",
            "Half-split pairs are i and i + D/2: keep the first D / 2 elements, and then the other D / 2.",
        )
        .mistake(
            "put back as neighbours",
            "In the half-split layout you put the turned elements back side by side. Where must the two turned elements of a pair go back to?",
            "Put them back where you took them from: all first elements, then all second ones, by `Tensor::cat` on the last dimension.",
        )
        .mistake(
            "put back as halves",
            "In the interleaved layout you put all first elements back before all second ones. Where must the two turned elements of a pair go back to?",
            "Put the two turned elements back where you took them from: for interleaved pairs as neighbours, with `Tensor::stack` on a new last dimension and a reshape.",
        )
        .mistake(
            "start ignored",
            "Your result does not depend on where the text starts. At which position is the first token of x?",
            "The positions run from start to start + t, not from 0 to t.",
        )
        .mistake(
            "positions from 1",
            "Your first token is turned although it stands at the start. What is the angle of position 0?",
            "Positions count from 0: the first token of a text has the angle 0 and stays as it is.",
        )
        .mistake(
            "turned backwards",
            "Your pairs turn the wrong way. Where should (1, 0) point after a quarter of a turn?",
            "From (a, b) make (a cos - b sin, a sin + b cos): the minus stands in the first element.",
        )
        .mistake(
            "minus forgotten",
            "Your second elements are right, and to the first you add b sin. Which of the two new elements has the minus?",
            "From (a, b) make (a cos - b sin, a sin + b cos): a half that is swapped in needs its sign, (-b, a) and not (b, a).",
        )
        .mistake(
            "minus twice",
            "Your first elements are right, and from the second you take a sin away. How many minus signs has a turn?",
            "From (a, b) make (a cos - b sin, a sin + b cos): the minus stands in the first element alone.",
        )
        .mistake(
            "exponent 4i / D",
            "Your pairs after the first turn too slowly: the exponent gets almost to -2. Does your i count pairs or elements?",
            "Elements count 0, 2, 4 and so on, and that is 2i already. Count pairs and double, or count elements and do not.",
        )
        .mistake(
            "pairs counted from 1",
            "None of your pairs turns by one radian a position, not even the first. From which number do you count the pairs?",
            "The paper counts i from 1 and has i - 1 in the exponent; here i runs from 0, and the first frequency is 1.",
        )
        .mistake(
            "exponent i / D",
            "Your pairs after the first turn too fast: the slowest should be almost `base` times slower than the first. How far does the exponent get at the last pair?",
            "The exponent is -2i/D, with i counting pairs: it runs from 0 to almost -1.",
        )
        .mistake(
            "exponent without minus",
            "Your first pair is right and every later one turns faster instead of slower. Which sign has the exponent of the base?",
            "The frequency of pair i is the base to the power of minus 2i/D: at most 1.",
        )
        .mistake(
            "base ignored",
            "Your result is the same for every base. What should change when it grows from 10000 to 500000?",
            "Take the power of the argument `base`, not of the paper's 10000.",
        )
        .mistake(
            "one angle for all pairs",
            "All your pairs turn equally fast. What sets the first pair of a head apart from the last?",
            "Each pair has a frequency of its own, the base to the power of -2i/D: the angle is the position times that.",
        )
        .mistake(
            "only the first element",
            "The first element of each pair is right and the second has not moved. How many new numbers does a turn make?",
            "A turn changes both: the second element becomes a sin + b cos.",
        )
        .mistake(
            "second from the turned first",
            "The first element of each pair is right and the second is not. Which a belongs in a sin + b cos: the one before the turn or the one after?",
            "Compute both new elements from the old a and b before you replace either.",
        )
        .mistake(
            "sin and cos swapped",
            "A token at position 0 does not stay as it is. What are the cosine and the sine of 0?",
            "`angles` returns the cosines first and the sines second: at position 0 they are 1 and 0.",
        )
        .mistake(
            "angles in f32",
            "Your result is right at small positions and drifts away at those of thousands. How many digits after the point does an f32 have left there?",
            "Compute position, frequency and angle in f64, take the cosine and the sine there, and round only these to f32.",
        )
        // An f32 angle is off by a few parts in ten million of itself; what is turned and its gradient are up to 4 long.
        .rounding(|input| 4e-6 * (1 + input.start + input.x.dim(D::Minus2).unwrap_or(0)) as f64)
        .mistake(
            "angles in f64",
            "Your cosines and sines are of type f64. Which type has the x that they turn?",
            "Compute the angles in f64, and round their cosines and sines to f32 before you return them.",
        )
        .mistake(
            "result in f64",
            "Your turned vectors are of type f64. Which type has x?",
            "What you compute in f64 goes back to the type of x in the end: `to_dtype(x.dtype())`.",
        )
        .mistake(
            "result cut off",
            "Your turned vectors are right, and no gradient reaches x. What did you detach?",
            "To `x` apply tensor operations alone: what passes through `detach` or `to_vec` leaves the graph.",
        )
        .right("two products and half a head swapped", Subject { angles: in_tensors, rope: half_a_head_swapped })
        .right("one matrix a position", Subject { angles: in_tensors, rope: by_matrices })
}

type AnglesOf<'a> = &'a dyn Fn(usize, usize, usize, f64, &Device) -> Result<(Tensor, Tensor)>;
type RopeOf<'a> = &'a dyn Fn(&Tensor, usize, f64, bool) -> Result<Tensor>;

/// The angles, what is turned, and the gradient of the sum of `turned * upstream`.
fn measure(angles: AnglesOf<'_>, rope: RopeOf<'_>, input: &Input, values: &mut Values) -> Result<()> {
    let Input { x, start, base, half_split, asked } = input;
    if matches!(asked, Asked::All { .. } | Asked::Angles) {
        let (cos, sin) = angles(*start, x.dim(D::Minus2)?, x.dim(D::Minus1)?, *base, x.device())?;
        values.dtype("type of the cosines", &cos);
        values.push("cosines", cos);
        values.dtype("type of the sines", &sin);
        values.push("sines", sin);
    }
    if matches!(asked, Asked::Angles) {
        return Ok(());
    }
    let x = Var::from_tensor(x)?;
    let turned = rope(&x, *start, *base, *half_split)?;
    values.dtype("type of what is turned", &turned);
    values.push("turned", turned.detach());
    let Asked::All { upstream } = asked else { return Ok(()) };
    let gradients = turned.to_dtype(upstream.dtype())?.broadcast_mul(upstream)?.sum_all()?.backward()?;
    values.push("gradient of x", arrived(&gradients, &x)?);
    Ok(())
}

/// The cases of transformers and of the complex product.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/rope.safetensors")?;
    golden
        .names()
        .into_iter()
        .map(|name| {
            let part = |part: &str| golden.get(&name, part);
            let setting = part("setting")?.to_vec1::<f64>()?;
            let [start, base, half_split] = setting[..] else { candle_core::bail!("{name}: three numbers set a case") };
            let input = Input {
                x: part("x")?,
                start: start as usize,
                base,
                half_split: half_split == 1.0,
                asked: Asked::All { upstream: part("upstream")? },
            };
            let mut values = Values::default();
            values.text("type of the cosines", "f32");
            values.push("cosines", part("cos")?);
            values.text("type of the sines", "f32");
            values.push("sines", part("sin")?);
            values.text("type of what is turned", "f32");
            values.push("turned", part("turned")?);
            values.push("gradient of x", part("grad_x")?);
            Ok(Case { name, input, golden: Some(values) })
        })
        .collect()
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(5);
    let mut case = |name: &str, shape: &[usize], start: usize, base: f64, half_split: bool| -> Result<_> {
        let x = rng.normal(shape, &Device::Cpu)?;
        let asked = Asked::All { upstream: rng.normal(shape, &Device::Cpu)? };
        Ok(Case { name: name.to_owned(), input: Input { x, start, base, half_split, asked }, golden: None })
    };
    Ok(vec![
        case("drawn, interleaved", &[2, 4, 10], 5, 10_000.0, false)?,
        case("drawn, half-split", &[2, 4, 10], 5, 10_000.0, true)?,
        case("drawn, base 100, interleaved", &[3, 1, 4, 4], 90, 100.0, false)?,
        case("drawn, base 100, half-split", &[3, 1, 4, 4], 90, 100.0, true)?,
    ])
}

fn misfit(shape: &[usize], asked: Asked) -> Input {
    Input { x: zeros(shape), start: 0, base: 10_000.0, half_split: false, asked }
}

/// Rotary positions with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let angles = |start: usize, t: usize, d: usize, base: f64, device: &Device| {
        let (cos, sin) = flawed_angles(has, start, t, d, base, device)?;
        let dtype = if has("angles in f64") { DType::F64 } else { DType::F32 };
        Ok((cos.to_dtype(dtype)?, sin.to_dtype(dtype)?))
    };
    let rope = |x: &Tensor, start: usize, base: f64, half_split: bool| {
        let turned = flawed_rope(has, x, start, base, half_split)?;
        let turned = if has("result cut off") { turned.detach() } else { turned };
        turned.to_dtype(if has("result in f64") { DType::F64 } else { DType::F32 })
    };
    measure(&angles, &rope, input, values)
}

fn flawed_angles(
    has: &dyn Fn(&str) -> bool,
    start: usize,
    t: usize,
    d: usize,
    base: f64,
    device: &Device,
) -> Result<(Tensor, Tensor)> {
    if !d.is_multiple_of(2) {
        candle_core::bail!("an odd head size");
    }
    let base = if has("base ignored") { 10_000.0 } else { base };
    let first = if has("start ignored") { 0 } else { start } + usize::from(has("positions from 1"));
    let exponent = |i: usize| {
        let sign = if has("exponent without minus") { 1.0 } else { -1.0 };
        let twice_i = if has("one angle for all pairs") {
            0
        } else if has("pairs counted from 1") {
            2 * (i + 1)
        } else if has("exponent i / D") {
            i
        } else if has("exponent 4i / D") {
            4 * i
        } else {
            2 * i
        };
        sign * twice_i as f64 / d as f64
    };
    let (mut cosines, mut sines): (Vec<f32>, Vec<f32>) = (vec![], vec![]);
    for position in first..first + t {
        for i in 0..d / 2 {
            let (sin, cos) = if has("angles in f32") {
                (position as f32 * (base as f32).powf(exponent(i) as f32)).sin_cos()
            } else {
                let (sin, cos) = (position as f64 * base.powf(exponent(i))).sin_cos();
                (sin as f32, cos as f32)
            };
            cosines.push(cos);
            sines.push(sin);
        }
    }
    let (cos, sin) = (Tensor::from_vec(cosines, (t, d / 2), device)?, Tensor::from_vec(sines, (t, d / 2), device)?);
    Ok(if has("sin and cos swapped") { (sin, cos) } else { (cos, sin) })
}

fn flawed_rope(has: &dyn Fn(&str) -> bool, x: &Tensor, start: usize, base: f64, half_split: bool) -> Result<Tensor> {
    if x.rank() < 2 {
        candle_core::bail!("no tokens");
    }
    let (t, d) = (x.dim(D::Minus2)?, x.dim(D::Minus1)?);
    let (cos, sin) = flawed_angles(has, start, t, d, base, x.device())?;
    let (asked_half_split, asked_interleaved) = (half_split, !half_split);
    let half_split = if has("always half-split") {
        true
    } else if has("always interleaved") {
        false
    } else {
        half_split != has("layouts swapped")
    };
    // Taking and putting back both in the other layout is another mistake: of the two, the first counts alone.
    let is_taken_as_halves = asked_interleaved && has("taken as halves");
    let is_taken_as_neighbours = asked_half_split && has("taken as neighbours");
    let is_put_as_halves = asked_interleaved && has("put back as halves") && !is_taken_as_halves;
    let is_put_as_neighbours = asked_half_split && has("put back as neighbours") && !is_taken_as_neighbours;
    let (a, b) = pairs(x, is_taken_as_halves || half_split && !is_taken_as_neighbours)?;
    // One mistake of signs at a time: two of them would be the third.
    let (sign_of_first, sign_of_second) = if has("minus forgotten") {
        (1.0, 1.0)
    } else if has("minus twice") {
        (-1.0, -1.0)
    } else if has("turned backwards") {
        (1.0, -1.0)
    } else {
        (-1.0, 1.0)
    };
    let turned_a = (a.broadcast_mul(&cos)? + (b.broadcast_mul(&sin)? * sign_of_first)?)?;
    let from = if has("second from the turned first") { &turned_a } else { &a };
    let turned_b = (b.broadcast_mul(&cos)? + (from.broadcast_mul(&sin)? * sign_of_second)?)?;
    let turned_b = if has("only the first element") { b } else { turned_b };
    unite(&turned_a, &turned_b, is_put_as_halves || half_split && !is_put_as_neighbours)
}

/// The first and the second elements of the pairs: `(.., T, D)` -> two of `(.., T, D / 2)`.
fn pairs(x: &Tensor, half_split: bool) -> Result<(Tensor, Tensor)> {
    let d = x.dim(D::Minus1)?;
    if half_split {
        return Ok((x.narrow(D::Minus1, 0, d / 2)?, x.narrow(D::Minus1, d / 2, d / 2)?));
    }
    let every_second = |from: usize| {
        let columns: Vec<u32> = (0..d / 2).map(|i| (2 * i + from) as u32).collect();
        x.contiguous()?.index_select(&Tensor::new(columns, x.device())?, D::Minus1)
    };
    Ok((every_second(0)?, every_second(1)?))
}

/// The inverse of [`pairs`].
fn unite(a: &Tensor, b: &Tensor, half_split: bool) -> Result<Tensor> {
    if half_split {
        return Tensor::cat(&[a, b], D::Minus1);
    }
    let shape = [&a.dims()[..a.rank() - 1], &[2 * a.dim(D::Minus1)?]].concat();
    Tensor::stack(&[a, b], a.rank())?.reshape(shape)
}

/// Right, in an odd way: an outer product in f64, with the frequencies as an exponential of a logarithm.
fn in_tensors(start: usize, t: usize, d: usize, base: f64, device: &Device) -> Result<(Tensor, Tensor)> {
    if !d.is_multiple_of(2) {
        candle_core::bail!("an odd head size");
    }
    let position = Tensor::arange(start as u32, (start + t) as u32, device)?.to_dtype(DType::F64)?.unsqueeze(1)?;
    let pair = Tensor::arange(0_u32, d as u32 / 2, device)?.to_dtype(DType::F64)?.unsqueeze(0)?;
    let frequency = (pair * (-2.0 * base.ln() / d as f64))?.exp()?; // (1, D / 2)
    let angle = position.matmul(&frequency)?; // (T, 1) x (1, D / 2) -> (T, D / 2)
    Ok((angle.cos()?.to_dtype(DType::F32)?, angle.sin()?.to_dtype(DType::F32)?))
}

/// Right as well: every element times its cosine, and its partner, with the sign of its place, times its sine.
fn half_a_head_swapped(x: &Tensor, start: usize, base: f64, half_split: bool) -> Result<Tensor> {
    if x.rank() < 2 {
        candle_core::bail!("no tokens");
    }
    let (cos, sin) = in_tensors(start, x.dim(D::Minus2)?, x.dim(D::Minus1)?, base, x.device())?;
    let (a, b) = pairs(x, half_split)?;
    let partners = unite(&b.neg()?, &a, half_split)?;
    let own = x.broadcast_mul(&unite(&cos, &cos, half_split)?)?;
    own + partners.broadcast_mul(&unite(&sin, &sin, half_split)?)?
}

/// Right as well: the turn of each position as a matrix, `D` by `D`, in f64.
fn by_matrices(x: &Tensor, start: usize, base: f64, half_split: bool) -> Result<Tensor> {
    if x.rank() < 2 || !x.dim(D::Minus1)?.is_multiple_of(2) {
        candle_core::bail!("no tokens, or an odd head size");
    }
    let d = x.dim(D::Minus1)?;
    let mut rows = vec![];
    for p in 0..x.dim(D::Minus2)? {
        let mut matrix = vec![0.0_f64; d * d];
        for i in 0..d / 2 {
            let (a, b) = if half_split { (i, i + d / 2) } else { (2 * i, 2 * i + 1) };
            let (sin, cos) = ((start + p) as f64 / base.powf(2.0 * i as f64 / d as f64)).sin_cos();
            (matrix[a * d + a], matrix[b * d + a]) = (cos, -sin); // what a and b give to the new a
            (matrix[a * d + b], matrix[b * d + b]) = (sin, cos); // and to the new b
        }
        let token = x.narrow(D::Minus2, p, 1)?.to_dtype(DType::F64)?; // (.., 1, D)
        rows.push(token.contiguous()?.broadcast_matmul(&Tensor::from_vec(matrix, (d, d), x.device())?)?);
    }
    Tensor::cat(&rows, D::Minus2)?.to_dtype(x.dtype())
}
