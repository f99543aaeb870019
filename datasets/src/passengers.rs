//! The passengers of a ship that never sailed: a table with the columns of the Titanic's list, generated from a seed.
//!
//! Everybody who learns about tables meets the list of the Titanic, so the columns and their values are its own (`male`,
//! `female`; classes 1 to 3; ports S, C and Q). The ship, the ports and the people are invented. What makes the table worth
//! generating is that the truth is known: [`passengers`] draws who survived from a logistic model with the coefficients
//! of [`truth`], so that whoever fits one can see how near they came.
//!
//! Also as it is in real tables:
//!
//! - people travel in parties: a family shares its name, ticket, port and fare
//! - `Age` is missing for about a fifth, more often in third class; whether it is missing does not depend on the age
//! - `Cabin` is missing for about three quarters, and nearly always below first class; `Embarked` for a few
//! - `Fare` is what was paid for the whole ticket
//!
//! One seed gives one table on every machine.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// The model that decides who survives: the log-odds are a sum of these, as [`log_odds`](truth::log_odds) says.
pub mod truth {
    /// A man of first class, 30 years old, without relatives aboard.
    pub const INTERCEPT: f64 = -0.1;
    /// Added for a woman or a girl.
    pub const FEMALE: f64 = 2.6;
    /// Added for each class below the first.
    pub const CLASS: f64 = -1.0;
    /// Added for each ten years above 30, and taken away for each ten below.
    pub const DECADE: f64 = -0.4;
    /// Added for each relative aboard.
    pub const RELATIVE: f64 = -0.3;

    /// The logarithm of the odds to survive: `ln(p / (1 - p))`. `age` in years, known or not.
    pub fn log_odds(female: bool, class: u8, age: f64, relatives: u8) -> f64 {
        INTERCEPT
            + if female { FEMALE } else { 0.0 }
            + CLASS * (f64::from(class) - 1.0)
            + DECADE * (age - 30.0) / 10.0
            + RELATIVE * f64::from(relatives)
    }
}

/// The columns, in the order of the Titanic's list.
pub const COLUMNS: [&str; 12] = [
    "PassengerId",
    "Survived",
    "Pclass",
    "Name",
    "Sex",
    "Age",
    "SibSp",
    "Parch",
    "Ticket",
    "Fare",
    "Cabin",
    "Embarked",
];

/// The ports as a CSV file: the letter of `Embarked`, the name, and the hours from the ship's first port. One port of the
/// table took nobody aboard.
pub const PORTS_CSV: &str = "Embarked,Port,Hours\nS,Solhaven,0\nC,Carnmouth,7\nQ,Quillby,21\nT,Tornsund,33\n";

/// One passenger. What is `None` is not on the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Passenger {
    /// From 1.
    pub id: usize,
    /// Whether they survived.
    pub survived: bool,
    /// 1, 2 or 3.
    pub class: u8,
    /// Surname, title and given name: `Ashdell, Mr. Edwin`.
    pub name: String,
    /// Whether they are a woman or a girl.
    pub female: bool,
    /// Years; below 1 in twelfths, as two decimals.
    pub age: Option<f64>,
    /// Sisters, brothers, and a husband or wife aboard.
    pub siblings_spouse: u8,
    /// Parents and children aboard.
    pub parents_children: u8,
    /// The ticket of the party.
    pub ticket: String,
    /// Paid for the ticket, in pounds.
    pub fare: f64,
    /// Of the party.
    pub cabin: Option<String>,
    /// `S`, `C` or `Q`.
    pub port: Option<char>,
}

/// This many passengers, in no particular order. One seed gives one list.
pub fn passengers(seed: u64, count: usize) -> Vec<Passenger> {
    let mut rng = Dice(ChaCha8Rng::seed_from_u64(seed));
    let mut list = vec![];
    while list.len() < count {
        party(&mut rng, &mut list);
    }
    list.truncate(count);
    for i in (1..list.len()).rev() {
        let j = rng.below(i + 1);
        list.swap(i, j);
    }
    for (i, passenger) in list.iter_mut().enumerate() {
        passenger.id = i + 1;
    }
    list
}

/// The list as a CSV file, with a first line of [`COLUMNS`]. What is not known is empty.
pub fn to_csv(passengers: &[Passenger]) -> String {
    let mut text = COLUMNS.join(",") + "\n";
    for p in passengers {
        let age = p.age.map(|age| age.to_string()).unwrap_or_default();
        let port = p.port.map(String::from).unwrap_or_default();
        // A name holds a comma, so it stands in quotes; nothing else needs them.
        text += &format!(
            "{},{},{},\"{}\",{},{age},{},{},{},{},{},{port}\n",
            p.id,
            u8::from(p.survived),
            p.class,
            p.name,
            if p.female { "female" } else { "male" },
            p.siblings_spouse,
            p.parents_children,
            p.ticket,
            p.fare,
            p.cabin.as_deref().unwrap_or_default(),
        );
    }
    text
}

/// What somebody is in their party.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    Alone,
    /// Husband, wife, or one parent; whether there is the other one.
    Adult {
        couple: bool,
    },
    Child,
    /// Brothers and sisters who travel without their parents.
    Sibling,
}

/// Adds a party: people who travel together on one ticket.
fn party(rng: &mut Dice, list: &mut Vec<Passenger>) {
    let class = rng.weighted(&[(1, 24), (2, 21), (3, 55)]);
    let roles = roles(rng);
    let children = roles.iter().filter(|role| **role == Role::Child).count() as u8;
    let adults = roles.iter().filter(|role| matches!(role, Role::Adult { .. })).count() as u8;
    let others = (roles.len() - 1) as u8;

    let surname = format!("{}{}", rng.of(&SURNAME_STARTS), rng.of(&SURNAME_ENDS));
    let ticket = ticket(rng, class);
    let fare = fare(rng, class, roles.len());
    let cabin = cabin(rng, class, roles.len());
    let port = port(rng, class);
    let mut wife = rng.chance(0.5); // of a couple, which one comes first
    for role in roles {
        let female = match role {
            Role::Alone => rng.chance(if class == 3 { 0.22 } else { 0.3 }),
            Role::Adult { couple: true } => {
                wife = !wife;
                wife
            }
            Role::Adult { couple: false } => rng.chance(0.8),
            Role::Child | Role::Sibling => rng.chance(0.5),
        };
        let age = age(rng, role, class);
        let (siblings_spouse, parents_children) = match role {
            Role::Alone => (0, 0),
            Role::Adult { couple } => (u8::from(couple), children),
            Role::Child => (children - 1, adults),
            Role::Sibling => (others, 0),
        };
        let log_odds = truth::log_odds(female, class, age, siblings_spouse + parents_children);
        let survived = rng.chance(1.0 / (1.0 + (-log_odds).exp()));
        let is_known = !rng.chance([0.14, 0.08, 0.27][usize::from(class) - 1]);
        list.push(Passenger {
            id: 0, // given when all are there
            survived,
            class,
            name: format!("{surname}, {}", given_name(rng, female, role, age)),
            female,
            age: is_known.then_some(age),
            siblings_spouse,
            parents_children,
            ticket: ticket.clone(),
            fare,
            cabin: cabin.clone(),
            port,
        });
    }
}

fn roles(rng: &mut Dice) -> Vec<Role> {
    let children = |rng: &mut Dice| vec![Role::Child; rng.weighted(&[(1, 45), (2, 30), (3, 12), (4, 8), (5, 5)])];
    match rng.below(100) {
        0..80 => vec![Role::Alone],
        80..89 => vec![Role::Adult { couple: true }; 2],
        89..94 => [vec![Role::Adult { couple: true }; 2], children(rng)].concat(),
        94..97 => [vec![Role::Adult { couple: false }], children(rng)].concat(),
        _ => vec![Role::Sibling; rng.weighted(&[(2, 80), (3, 20)])],
    }
}

/// Years. Infants in months, a few estimated to half a year, the rest whole.
fn age(rng: &mut Dice, role: Role, class: u8) -> f64 {
    let class = f64::from(class);
    let years = match role {
        Role::Child => rng.uniform(0.2, 17.0),
        Role::Sibling => mirrored(rng.normal(24.0, 7.0), 14.0, 60.0),
        Role::Adult { .. } => mirrored(rng.normal(42.0 - 2.5 * class, 9.0), 18.0, 75.0),
        Role::Alone => mirrored(rng.normal(43.0 - 5.0 * class, 12.0), 14.0, 80.0),
    };
    if years < 1.0 {
        // To the hundredth, as the lists of the time have it: 0.42 is five months.
        ((years * 12.0).round().max(1.0) / 12.0 * 100.0).round() / 100.0
    } else if rng.chance(0.03) {
        years.floor() + 0.5
    } else {
        years.floor()
    }
}

/// A number beyond one of the ends, as far inside as it was outside: cut to the end, many would stand there.
fn mirrored(x: f64, low: f64, high: f64) -> f64 {
    let x = if x < low { 2.0 * low - x } else { x };
    let x = if x > high { 2.0 * high - x } else { x };
    x.clamp(low, high)
}

/// Pounds for the whole ticket: around a median a head for each class, in whole pence of 240 a pound.
fn fare(rng: &mut Dice, class: u8, heads: usize) -> f64 {
    let (median, spread) = [(32.0_f64, 0.55), (12.5, 0.3), (7.9, 0.18)][usize::from(class) - 1];
    if rng.chance(0.012) {
        return 0.0; // who travels on the ship's account
    }
    let pounds = (median.ln() + rng.normal(0.0, spread)).exp() * (heads as f64).powf(0.85);
    ((pounds * 240.0).round() / 240.0 * 10_000.0).round() / 10_000.0
}

/// The cabins of a party, one for each two people.
fn cabin(rng: &mut Dice, class: u8, heads: usize) -> Option<String> {
    if !rng.chance([0.79, 0.08, 0.025][usize::from(class) - 1]) {
        return None;
    }
    let deck = match class {
        1 => rng.weighted(&[('A', 8), ('B', 27), ('C', 35), ('D', 17), ('E', 13)]),
        2 => rng.weighted(&[('D', 3), ('E', 4), ('F', 8)]),
        _ => rng.weighted(&[('E', 3), ('F', 5), ('G', 4)]),
    };
    let first = 1 + rng.below(120);
    let cabins: Vec<String> = (0..heads.div_ceil(2)).map(|i| format!("{deck}{}", first + 2 * i)).collect();
    Some(cabins.join(" "))
}

fn port(rng: &mut Dice, class: u8) -> Option<char> {
    if rng.chance(0.002) {
        return None;
    }
    Some(match class {
        1 => rng.weighted(&[('S', 59), ('C', 40), ('Q', 1)]),
        2 => rng.weighted(&[('S', 89), ('C', 9), ('Q', 2)]),
        _ => rng.weighted(&[('S', 72), ('C', 13), ('Q', 15)]),
    })
}

fn ticket(rng: &mut Dice, class: u8) -> String {
    let number = 2_000 + rng.below(380_000);
    match (class, rng.below(10)) {
        (1, 0..4) => format!("PA {number}"),
        (2, 0..2) => format!("S.K. {number}"),
        (3, 0..2) => format!("T/3 {number}"),
        _ => number.to_string(),
    }
}

fn given_name(rng: &mut Dice, female: bool, role: Role, age: f64) -> String {
    let name = rng.of(if female { &WOMEN } else { &MEN });
    let title = match (female, role) {
        (true, Role::Adult { .. }) => "Mrs.",
        (true, _) => "Miss.",
        (false, Role::Child) if age < 13.0 => "Master.",
        (false, Role::Alone) if rng.chance(0.02) => "Dr.",
        (false, _) => "Mr.",
    };
    format!("{title} {name}")
}

const SURNAME_STARTS: [&str; 36] = [
    "Ash", "Bel", "Birk", "Cal", "Cor", "Dal", "Dun", "Elm", "Fal", "Fenn", "Gal", "Gren", "Hal", "Hazel", "Ing",
    "Jar", "Kel", "Kirn", "Lang", "Lor", "Mar", "Mel", "Nor", "Oak", "Orm", "Pell", "Quen", "Rav", "Rosen", "Sel",
    "Stav", "Tal", "Thorn", "Ulm", "Vel", "Wick",
];
const SURNAME_ENDS: [&str; 20] = [
    "aby", "ander", "aro", "berg", "brook", "dahl", "dell", "elli", "ers", "ford", "gate", "hart", "holm", "ick",
    "ison", "lund", "mond", "ov", "sted", "well",
];
const MEN: [&str; 32] = [
    "Adam", "Alban", "Anton", "Bernard", "Carl", "Cyril", "David", "Edwin", "Emil", "Felix", "Gustav", "Hugo", "Ivan",
    "Jacob", "Johan", "Karl", "Leo", "Luca", "Martin", "Nils", "Oscar", "Otto", "Paul", "Peter", "Ralph", "Rufus",
    "Samuel", "Sven", "Theodor", "Victor", "Walter", "Yusuf",
];
const WOMEN: [&str; 32] = [
    "Ada", "Agnes", "Alma", "Anna", "Beatrice", "Bertha", "Clara", "Dora", "Edith", "Elin", "Elsa", "Emma", "Flora",
    "Freda", "Greta", "Helen", "Ida", "Ingrid", "Irene", "Julia", "Karin", "Lena", "Lydia", "Maria", "Marta", "Nora",
    "Olga", "Rosa", "Signe", "Sofia", "Vera", "Wilma",
];

/// Draws.
struct Dice(ChaCha8Rng);

impl Dice {
    fn chance(&mut self, p: f64) -> bool {
        self.0.random::<f64>() < p
    }

    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.random::<f64>()
    }

    /// Near enough to normal, and by additions alone, which give the same on every machine.
    fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.0.random::<f64>()).sum();
        mean + deviation * (sum - 6.0)
    }

    /// From 0 to below `end`; drawn as 32 bits, so that the width of `usize` plays no part.
    fn below(&mut self, end: usize) -> usize {
        (self.0.random::<f64>() * end as f64) as usize
    }

    fn of<'a>(&mut self, names: &[&'a str]) -> &'a str {
        names[self.below(names.len())]
    }

    /// One of the values, as often as its weight says. There is at least one.
    fn weighted<T: Copy>(&mut self, values: &[(T, u32)]) -> T {
        let total: u32 = values.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(total as usize) as u32;
        for (value, weight) in values {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        values[0].0 // never reached: the weights sum to the total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_list() {
        let list = passengers(1912, 891);
        assert_eq!(list, passengers(1912, 891));
        assert_ne!(list, passengers(1913, 891));
        assert_eq!(list.len(), 891);
        assert!(list.iter().enumerate().all(|(i, p)| p.id == i + 1));
        assert!(passengers(1, 0).is_empty());
    }

    #[test]
    fn the_shares_are_those_of_a_real_list() {
        let list = passengers(7, 20_000);
        let share = |is: &dyn Fn(&Passenger) -> bool| list.iter().filter(|p| is(p)).count() as f64 / 20_000.0;
        let shares = [
            ("survived", share(&|p| p.survived), 0.32..0.46),
            ("women", share(&|p| p.female), 0.30..0.42),
            ("third class", share(&|p| p.class == 3), 0.5..0.6),
            ("age missing", share(&|p| p.age.is_none()), 0.17..0.23),
            ("cabin missing", share(&|p| p.cabin.is_none()), 0.73..0.81),
            ("port missing", share(&|p| p.port.is_none()), 0.0005..0.006),
            ("alone", share(&|p| p.siblings_spouse + p.parents_children == 0), 0.5..0.7),
            ("children", share(&|p| p.age.is_some_and(|age| age < 16.0)), 0.06..0.16),
        ];
        for (name, share, range) in shares {
            assert!(range.contains(&share), "{name}: {share}");
        }
    }

    #[test]
    fn a_party_belongs_together() {
        let list = passengers(3, 5_000);
        for p in list.iter().filter(|p| p.siblings_spouse + p.parents_children > 0) {
            let surname = p.name.split(',').next().expect("a surname");
            let party: Vec<&Passenger> =
                list.iter().filter(|q| q.ticket == p.ticket && q.name.starts_with(surname)).collect();
            assert!(party.iter().all(|q| q.fare == p.fare && q.port == p.port && q.class == p.class), "{party:?}");
        }
    }

    /// What a logistic regression finds on the rows whose age is known, by Newton's steps: the coefficients, and the
    /// standard error of each.
    fn fitted(list: &[Passenger]) -> ([f64; 5], [f64; 5]) {
        let rows: Vec<([f64; 5], f64)> = list
            .iter()
            .filter_map(|p| {
                let relatives = f64::from(p.siblings_spouse + p.parents_children);
                let x =
                    [1.0, f64::from(u8::from(p.female)), f64::from(p.class) - 1.0, (p.age? - 30.0) / 10.0, relatives];
                Some((x, f64::from(u8::from(p.survived))))
            })
            .collect();
        let (mut beta, mut inverse) = ([0.0; 5], [[0.0; 5]; 5]);
        for _ in 0..8 {
            let (mut gradient, mut hessian) = ([0.0; 5], [[0.0; 5]; 5]);
            for (x, y) in &rows {
                let p = 1.0 / (1.0 + (-x.iter().zip(&beta).map(|(x, b)| x * b).sum::<f64>()).exp());
                for i in 0..5 {
                    gradient[i] += x[i] * (y - p);
                    for j in 0..5 {
                        hessian[i][j] += x[i] * x[j] * p * (1.0 - p);
                    }
                }
            }
            inverse = inverted(hessian);
            for (b, row) in beta.iter_mut().zip(&inverse) {
                *b += row.iter().zip(&gradient).map(|(h, g)| h * g).sum::<f64>();
            }
        }
        (beta, std::array::from_fn(|i| inverse[i][i].sqrt()))
    }

    fn inverted(mut a: [[f64; 5]; 5]) -> [[f64; 5]; 5] {
        let mut inverse: [[f64; 5]; 5] = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
        for k in 0..5 {
            let pivot = a[k][k];
            for j in 0..5 {
                a[k][j] /= pivot;
                inverse[k][j] /= pivot;
            }
            for i in (0..5).filter(|i| *i != k) {
                let factor = a[i][k];
                for j in 0..5 {
                    a[i][j] -= factor * a[k][j];
                    inverse[i][j] -= factor * inverse[k][j];
                }
            }
        }
        inverse
    }

    #[test]
    fn the_coefficients_are_found_again() {
        let truth = [truth::INTERCEPT, truth::FEMALE, truth::CLASS, truth::DECADE, truth::RELATIVE];
        for seed in 20..25 {
            let (found, errors) = fitted(&passengers(seed, 20_000));
            for ((found, truth), error) in found.iter().zip(truth).zip(errors) {
                assert!((found - truth).abs() < 4.0 * error && error < 0.07, "{found} for {truth} ± {error}");
            }
        }
    }

    #[test]
    fn the_file_has_a_line_for_each() {
        let text = to_csv(&passengers(1912, 100));
        assert_eq!(text.lines().count(), 101);
        assert!(text.starts_with("PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked\n"));
        // A name holds one comma and no quote: outside the quotes there are as many commas as columns need.
        assert!(text.lines().skip(1).all(|line| line.matches(',').count() == 12 && line.matches('"').count() == 2));
    }
}
