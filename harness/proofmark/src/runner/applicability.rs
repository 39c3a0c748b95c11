//! Whether a scenario applies to a subject: by profile, claimed capabilities and revision.

use std::collections::BTreeSet;

use protocol::{Capability, Catalogue, Overlay, Profile, Revision, Trigger, wire};
use scenario::manifest::{Holds, Manifest};
use scenario::plan::Plan;
use serde::{Deserialize, Serialize};

/// What a subject claims to be and to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Claims {
    /// Its kind.
    pub profile: Profile,
    /// The contract it follows.
    pub revision: Revision,
    /// Its optional abilities.
    pub capabilities: BTreeSet<Capability>,
    /// The deployments it is made for.
    pub overlays: BTreeSet<Overlay>,
    /// What it can be made to do.
    pub triggers: BTreeSet<Trigger>,
    /// Whether it says where it stores its token.
    pub keeps_token: bool,
    /// Whether it says where it stores the inbound secret.
    pub keeps_secret: bool,
}

/// What programs are not taken to do unless they claim it.
const OUR_OWN: [Capability; 3] = [
    Capability::Directives,
    Capability::FilesystemRoot,
    Capability::Pacing,
];

impl Claims {
    /// What a manifest claims.
    pub fn of(manifest: &Manifest) -> Self {
        let mut capabilities: BTreeSet<Capability> = Capability::ALL.into_iter().collect();
        capabilities.retain(|capability| !OUR_OWN.contains(capability));
        capabilities.extend(&manifest.claims);
        capabilities.retain(|capability| !manifest.without.contains(capability));
        let is_container = manifest.profile == Profile::Container;
        let keeps = |holds| is_container || manifest.state.iter().any(|file| file.holds == holds);
        Self {
            profile: manifest.profile,
            revision: manifest.revision,
            capabilities,
            overlays: manifest.overlays.iter().copied().collect(),
            triggers: manifest.conduct.triggers.keys().copied().collect(),
            keeps_token: keeps(Holds::Token),
            keeps_secret: keeps(Holds::Secret),
        }
    }

    /// Why a plan does not apply to a subject with these claims, if it does not.
    pub fn objection(&self, plan: &Plan, catalogue: &Catalogue) -> Option<String> {
        if !plan.profiles.contains(&self.profile) {
            let wanted: Vec<_> = plan.profiles.iter().map(ToString::to_string).collect();
            return Some(format!(
                "for the profiles {}, and the subject's is {}",
                wanted.join(", "),
                self.profile
            ));
        }
        if plan.since > self.revision {
            return Some(format!(
                "for runtimes of {} and later, and the subject claims {}",
                plan.since, self.revision
            ));
        }
        let unclaimed: Vec<_> = plan
            .needs
            .iter()
            .filter(|need| !self.capabilities.contains(need))
            .map(ToString::to_string)
            .collect();
        if !unclaimed.is_empty() {
            return Some(format!(
                "the subject does not claim {}",
                unclaimed.join(", ")
            ));
        }
        if let Some(reason) = self.missing_conduct(plan) {
            return Some(reason);
        }
        let binding = plan
            .covers
            .iter()
            .filter_map(|id| catalogue.find(id))
            .any(|requirement| requirement.since <= self.revision);
        if !binding && !plan.covers.is_empty() {
            return Some(format!(
                "its requirements bind after {}, the claimed revision",
                self.revision
            ));
        }
        None
    }

    /// What a plan plays with that the subject does not offer.
    fn missing_conduct(&self, plan: &Plan) -> Option<String> {
        if let Some(overlay) = plan
            .deployments()
            .into_iter()
            .find(|overlay| !self.overlays.contains(overlay))
        {
            return Some(format!("the subject does not claim the overlay {overlay}"));
        }
        if let Some(trigger) = plan
            .triggers()
            .into_iter()
            .find(|trigger| !self.triggers.contains(trigger))
        {
            return Some(format!("the subject names no means to trigger a {trigger}"));
        }
        let files = [
            (wire::TOKEN_FILE, self.keeps_token, "its token"),
            (wire::SECRET_FILE, self.keeps_secret, "the inbound secret"),
        ];
        files
            .into_iter()
            .find(|(name, keeps, _)| !keeps && plan.names_path(&format!("configs/{name}")))
            .map(|(_, _, what)| format!("the subject does not say where it stores {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::testing::{plan, requirements};

    fn claims(manifest: &str) -> Claims {
        let text = format!("runtime: {{ name: sample, version: 1.0.0, revision: r1, {manifest}\n");
        let source = scenario::Source::new("runtime.yaml", text);
        Claims::of(&scenario::manifest::parse(&source).unwrap())
    }

    /// Why a plan does not apply.
    fn reason(claims: &Claims, head: &str, tail: &str) -> Option<String> {
        claims.objection(&plan("it", head, tail), &requirements())
    }

    const CONTAINER: &str = "profile: container, overlays: [] }\nlaunch: { argv: [agent] }";

    #[test]
    fn what_does_not_apply_says_why() {
        let container = claims(CONTAINER);
        let said = |head: &str| reason(&container, head, "").unwrap_or_default();
        assert_eq!(reason(&container, "", ""), None);
        assert_eq!(
            said("profiles: [cli]\n"),
            "for the profiles cli, and the subject's is container"
        );
        assert_eq!(
            said("since: r2\n"),
            "for runtimes of r2 and later, and the subject claims r1"
        );
        assert_eq!(
            said("needs: [pacing]\n"),
            "the subject does not claim pacing"
        );
        assert_eq!(
            said("platform: { edge: waf-empty }\n"),
            "the subject does not claim the overlay edge"
        );
        assert_eq!(
            reason(
                &container,
                "",
                "  - trigger: { notify-user: { text: news } }\n"
            )
            .unwrap(),
            "the subject names no means to trigger a notify-user"
        );
    }

    #[test]
    fn credentials_that_lie_nobody_knows_where_are_not_asked_for() {
        let poll = claims("profile: external-poll }\nlaunch: { argv: [agent] }");
        let both = "profiles: [external-poll, container]\n";
        let file = "  - expect: { file: configs/.auth_token, kind: file }\n";
        assert_eq!(
            reason(&poll, both, file).as_deref(),
            Some("the subject does not say where it stores its token")
        );
        assert_eq!(reason(&claims(CONTAINER), both, file), None);
    }
}
