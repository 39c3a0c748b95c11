//! Defects by their names.

use std::str::FromStr;

use super::{Defect, DefectSpecification, all};

/// Says that no defect has the name that was given.
#[derive(Debug, thiserror::Error)]
#[error("no defect is named `{0}`")]
pub struct UnknownDefect(String);

impl Defect {
    /// Finds what is known about this defect.
    pub fn specification(self) -> &'static DefectSpecification {
        // The table is written by the same macro as the variants, in the same order.
        &all()[self as usize]
    }

    /// Gives the kebab-case name.
    pub fn name(self) -> &'static str {
        self.specification().name
    }
}

impl FromStr for Defect {
    type Err = UnknownDefect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        all()
            .iter()
            .find(|specification| specification.name == name)
            .map(|specification| specification.defect)
            .ok_or_else(|| UnknownDefect(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_is_unique_kebab_case_and_leads_back_to_its_variant() {
        let mut names = HashSet::new();
        for specification in all() {
            let name = specification.name;
            assert!(names.insert(name), "{name} appears twice");
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{name}"
            );
            assert_eq!(name.parse::<Defect>().unwrap(), specification.defect);
            assert_eq!(specification.defect.specification().name, name);
        }
    }

    #[test]
    fn every_requirement_is_an_id_and_is_not_repeated_among_the_others() {
        for specification in all() {
            for id in specification.also.iter().chain([&specification.requirement]) {
                let (area, number) = id.split_once('-').unwrap();
                assert!(!area.is_empty() && number.len() == 3 && number.parse::<u16>().is_ok(), "{id}");
            }
            assert!(!specification.also.contains(&specification.requirement), "{}", specification.name);
        }
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert_eq!("nothing".parse::<Defect>().unwrap_err().to_string(), "no defect is named `nothing`");
    }
}
