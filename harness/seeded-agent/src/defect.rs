//! Which mistakes there are, and which one this process makes.

use std::str::FromStr;
use std::sync::OnceLock;

/// Describes one seeded defect for listings and for the mutation run.
#[derive(Clone, Copy, Debug)]
pub struct DefectSpecification {
    /// Kebab-case name, as typed on a command line.
    pub name: &'static str,
    /// Id of the requirement that a check must see violated.
    pub requirement: &'static str,
    /// Ids of requirements that inevitably break too.
    pub also: &'static [&'static str],
    /// Part of the agent in which the decision is made.
    pub area: &'static str,
    /// What the mistaken agent does, as a sentence.
    pub summary: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/defects.rs"));

/// Lists every seeded defect.
pub fn defects() -> &'static [DefectSpecification] {
    ALL
}

/// Stands for one entry of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defect(usize);

static SEEDED: OnceLock<Defect> = OnceLock::new();

impl Defect {
    /// Makes every agent of this process make the mistake; the first choice stays.
    pub fn seed(self) {
        SEEDED.get_or_init(|| self);
    }
}

/// The question that every place of the twin asks.
pub(crate) fn is_seeded(number: usize) -> bool {
    SEEDED.get() == Some(&Defect(number))
}

/// Says that no defect has the name that was given.
#[derive(Debug, thiserror::Error)]
#[error("no defect is named `{0}`")]
pub struct UnknownDefect(String);

impl FromStr for Defect {
    type Err = UnknownDefect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let number = ALL
            .iter()
            .position(|specification| specification.name == name);
        number
            .map(Self)
            .ok_or_else(|| UnknownDefect(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_is_unique_kebab_case_and_leads_back_to_its_entry() {
        let mut names = HashSet::new();
        for (number, DefectSpecification { name, .. }) in ALL.iter().enumerate() {
            assert!(names.insert(name), "{name} appears twice");
            let fits =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(name.bytes().all(fits), "{name}");
            assert_eq!(name.parse::<Defect>().unwrap(), Defect(number));
        }
    }

    #[test]
    fn every_requirement_is_an_id_and_is_not_repeated_among_the_others() {
        for specification in ALL {
            for id in specification
                .also
                .iter()
                .chain([&specification.requirement])
            {
                let (area, number) = id.split_once('-').unwrap();
                assert!(
                    !area.is_empty() && number.len() == 3 && number.parse::<u16>().is_ok(),
                    "{id}"
                );
            }
            assert!(
                !specification.also.contains(&specification.requirement),
                "{}",
                specification.name
            );
        }
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert_eq!(
            "nothing".parse::<Defect>().unwrap_err().to_string(),
            "no defect is named `nothing`"
        );
    }
}
