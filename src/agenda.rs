//! A timetable for a week that is taught in a room: its core in order, breaks, what is in reserve and what is left out.
//!
//! A page's minutes are for reading it and running its cells; those of the exercise that stands on it come on top.

use crate::course::{Course, Week};
use crate::page::{Kind, Page};

/// Something to teach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The page's name, or the exercise's id.
    pub id: String,
    /// Whether it is an exercise, which belongs to the last page before it.
    pub exercise: bool,
    /// Whether the week's core contains it.
    pub core: bool,
    /// How long it takes, in minutes.
    pub minutes: u32,
}

/// How work and rest take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// Minutes of work after which a break is due. It may come 10 earlier or later, between two items; where there is no
    /// such place it interrupts one.
    pub work: u32,
    /// Minutes of a break; 0 for none.
    pub rest: u32,
}

/// How far from its time a break may be.
const SLACK: u32 = 10;

/// A stretch of the timetable, in minutes from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its start.
    pub from: u32,
    /// Its end.
    pub to: u32,
    /// The place of its item in the list that was planned; `None` for a break.
    pub item: Option<usize>,
}

/// What becomes of each item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agenda {
    /// The timetable.
    pub slots: Vec<Slot>,
    /// What is not core and fits besides, with the breaks that it takes.
    pub reserve: Vec<usize>,
    /// What does not fit: first the core, then the rest.
    pub left_out: Vec<usize>,
}

impl Agenda {
    /// When it ends, in minutes from the start.
    pub fn end(&self) -> u32 {
        self.slots.last().map_or(0, |slot| slot.to)
    }

    /// Minutes of breaks in the timetable.
    pub fn rest(&self) -> u32 {
        self.slots.iter().filter(|slot| slot.item.is_none()).map(|slot| slot.to - slot.from).sum()
    }
}

/// The items of a week: each page, followed by the exercises on it.
pub fn items(course: &Course, week: &Week) -> Vec<Item> {
    let mut items = vec![];
    for page in course.pages.iter().filter(|page| page.week() == week.folder) {
        let Page { name, front, blocks, .. } = page;
        items.push(Item { id: name.clone(), exercise: false, core: front.core, minutes: front.minutes });
        for block in blocks {
            if let Kind::Exercise(id) = &block.kind
                && let Some(exercise) = week.exercises.iter().find(|exercise| exercise.id == *id)
            {
                // What stands on an extra page is reached by that page alone.
                let core = exercise.core && front.core;
                items.push(Item { id: id.clone(), exercise: true, core, minutes: exercise.minutes });
            }
        }
    }
    items
}

/// Plans the items into `minutes`. The core goes in, in order, up to the first item that does not fit: what comes after
/// builds on it. The rest is in reserve where it fits behind that, in order, an exercise only with its page.
pub fn plan(items: &[Item], minutes: u32, rhythm: Rhythm) -> Agenda {
    let mut agenda = Agenda::default();
    let mut clock = Clock { rhythm, end: minutes, now: 0, worked: 0, slots: vec![] };
    let mut end_of_core = items.len();
    for (i, item) in items.iter().enumerate().filter(|(_, item)| item.core) {
        match clock.after(i, item.minutes) {
            Some(later) => clock = later,
            None => {
                end_of_core = i;
                break;
            }
        }
    }
    agenda.slots.clone_from(&clock.slots);
    let mut page_is_in = true;
    for (i, item) in items.iter().enumerate() {
        if item.core {
            page_is_in = i < end_of_core;
            continue;
        }
        let reachable = i < end_of_core && (page_is_in || !item.exercise);
        let later = clock.after(i, item.minutes).filter(|_| reachable);
        if !item.exercise {
            page_is_in = later.is_some();
        }
        if let Some(later) = later {
            clock = later;
            agenda.reserve.push(i);
        }
    }
    let is_out = |i: &usize| if items[*i].core { *i >= end_of_core } else { !agenda.reserve.contains(i) };
    let (core, rest): (Vec<usize>, Vec<usize>) = (0..items.len()).filter(is_out).partition(|i| items[*i].core);
    agenda.left_out = [core, rest].concat();
    agenda
}

/// The timetable so far.
#[derive(Debug, Clone)]
struct Clock {
    rhythm: Rhythm,
    end: u32,
    now: u32,
    /// Minutes of work since the last break.
    worked: u32,
    slots: Vec<Slot>,
}

impl Clock {
    /// The timetable with one more item and the breaks that it takes; `None` where it does not fit.
    fn after(&self, item: usize, minutes: u32) -> Option<Self> {
        let mut clock = self.clone();
        let Rhythm { work, rest } = clock.rhythm;
        let mut left = minutes;
        loop {
            let fits = rest == 0 || clock.worked.checked_add(left)? <= work + SLACK;
            if fits {
                clock.push(left, Some(item))?;
                return Some(clock);
            }
            if clock.worked + SLACK < work {
                let part = work - clock.worked;
                left -= part;
                clock.push(part, Some(item))?;
            }
            clock.push(rest, None)?;
        }
    }

    fn push(&mut self, minutes: u32, item: Option<usize>) -> Option<()> {
        let from = self.now;
        self.now = from.checked_add(minutes).filter(|now| *now <= self.end)?;
        self.worked = if item.is_some() { self.worked + minutes } else { 0 };
        self.slots.push(Slot { from, to: self.now, item });
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RHYTHM: Rhythm = Rhythm { work: 50, rest: 10 };

    fn page(id: &str, core: bool, minutes: u32) -> Item {
        Item { id: id.to_owned(), exercise: false, core, minutes }
    }

    fn exercise(id: &str, core: bool, minutes: u32) -> Item {
        Item { exercise: true, ..page(id, core, minutes) }
    }

    fn shown(items: &[Item], agenda: &Agenda) -> String {
        let name = |i: &usize| items[*i].id.clone();
        let names = |list: &[usize]| list.iter().map(name).collect::<Vec<_>>().join(" ");
        let slot = |slot: &Slot| {
            let what = slot.item.map_or("break".to_owned(), |i| name(&i));
            format!("{}-{} {what}", slot.from, slot.to)
        };
        let slots: Vec<String> = agenda.slots.iter().map(slot).collect();
        format!("{} | {} | {}", slots.join(", "), names(&agenda.reserve), names(&agenda.left_out))
    }

    #[test]
    fn breaks_stand_between_items_where_they_can() {
        let items = [page("a", true, 40), exercise("a1", true, 30), page("b", true, 25), page("c", true, 90)];
        let planned = plan(&items, 300, RHYTHM);
        assert_eq!(
            shown(&items, &planned),
            "0-40 a, 40-50 break, 50-80 a1, 80-105 b, 105-115 break, 115-165 c, 165-175 break, 175-215 c |  | "
        );
        assert_eq!((planned.end(), planned.rest()), (215, 30));
        let without = plan(&items, 300, Rhythm { rest: 0, ..RHYTHM });
        assert_eq!(shown(&items, &without), "0-40 a, 40-70 a1, 70-95 b, 95-185 c |  | ");
    }

    #[test]
    fn the_core_goes_first_and_the_rest_is_reserve() {
        let items = [
            page("a", true, 30),
            exercise("a1", false, 10),
            page("b", false, 15),
            exercise("b1", false, 5),
            page("c", true, 20),
            exercise("c1", true, 45),
            page("d", false, 5),
        ];
        assert_eq!(shown(&items, &plan(&items, 140, RHYTHM)), "0-30 a, 30-50 c, 50-60 break, 60-105 c1 | a1 b | b1 d");
        // Nothing from behind the core that is left out; no exercise without its page.
        assert_eq!(shown(&items, &plan(&items, 62, RHYTHM)), "0-30 a, 30-50 c | a1 | c1 b b1 d");
        assert_eq!(shown(&items, &plan(&items, 40, RHYTHM)), "0-30 a | a1 | c c1 b b1 d");
        assert_eq!(shown(&items, &plan(&items, 29, RHYTHM)), " |  | a c c1 a1 b b1 d");
        assert_eq!(plan(&[], 60, RHYTHM), Agenda::default());
        assert_eq!(plan(&[page("long", true, u32::MAX)], 60, RHYTHM).left_out, [0]);
    }

    /// Made-up weeks from a small generator; the sums must be exact in each.
    #[test]
    fn what_fits_fits_and_nothing_is_lost_or_listed_twice() {
        let mut state = 1_u32;
        let mut draw = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for _ in 0..2000 {
            let count = draw(12);
            let mut items: Vec<Item> = (0..count).map(|i| page(&i.to_string(), draw(3) > 0, draw(120))).collect();
            items.iter_mut().skip(1).for_each(|item| item.exercise = draw(2) == 0);
            let (minutes, rhythm) = (draw(400), Rhythm { work: 20 + draw(60), rest: draw(20) });
            let agenda = plan(&items, minutes, rhythm);

            let mut now = 0;
            let mut worked = 0;
            let mut given = vec![0; items.len()];
            for slot in &agenda.slots {
                assert_eq!(slot.from, now, "{agenda:?}");
                now = slot.to;
                match slot.item {
                    Some(i) => {
                        given[i] += slot.to - slot.from;
                        worked += slot.to - slot.from;
                    }
                    None => {
                        assert!((work_low(rhythm)..=rhythm.work + SLACK).contains(&worked), "{worked} {agenda:?}");
                        worked = 0;
                    }
                }
            }
            assert!(rhythm.rest == 0 || worked <= rhythm.work + SLACK);
            assert!(agenda.slots.last().is_none_or(|slot| slot.item.is_some()), "no break at the end");
            let reserve: u32 = agenda.reserve.iter().map(|i| items[*i].minutes).sum();
            assert!(now + reserve <= minutes, "{agenda:?}");

            let mut planned: Vec<usize> = agenda.slots.iter().filter_map(|slot| slot.item).collect();
            assert!(planned.is_sorted() && agenda.reserve.is_sorted());
            planned.dedup();
            planned.iter().for_each(|i| assert_eq!(given[*i], items[*i].minutes));
            let mut all: Vec<usize> = [&planned[..], &agenda.reserve, &agenda.left_out].concat();
            all.sort_unstable();
            assert_eq!(all, (0..items.len()).collect::<Vec<_>>(), "{agenda:?}");
        }
    }

    fn work_low(rhythm: Rhythm) -> u32 {
        rhythm.work - SLACK
    }
}
