//! The world a scenario plays in, with its defaults.

use protocol::journal::CredentialFiles;
use protocol::{Addresses, Deployment, Edge, PeerBehaviour, Relation, Revision};

use super::context::Context;
use crate::diagnostic::Code;
use crate::language::{Entries, PeerSection, PlatformSection, SubjectSection, Text};
use crate::plan::{InboundSecret, Peer, Piece, SubjectSetup, Template, TokenSeed, World};

/// What a peer says when the scenario does not care.
const DEFAULT_REPLY: &str = "peer reply";

impl Context<'_> {
    /// The platform's side.
    pub(crate) fn world(&mut self, section: &PlatformSection, peers: &Entries<PeerSection>) -> World {
        let peers = peers
            .iter()
            .map(|(name, peer)| {
                let relation = self.word(Some(&peer.relation), Relation::Sibling);
                let answers = match &peer.answers {
                    Some(reply) => self.peer_answer(reply),
                    None => PeerBehaviour::Replies(DEFAULT_REPLY.into()),
                };
                (name.value.clone(), Peer { relation, answers, polls: peer.polls })
            })
            .collect();
        World {
            deployment: self.word(section.deployment.as_ref(), Deployment::default()),
            revision: self.word(section.revision.as_ref(), Revision::default()),
            edge: self.word(section.edge.as_ref(), Edge::Open),
            addresses: self.word(section.addresses.as_ref(), Addresses::LoopbackAllowed),
            inbound_secret: self.word(section.inbound_secret.as_ref(), InboundSecret::Minted),
            token: self.word(section.token.as_ref(), TokenSeed::None),
            platform_url: match &section.url {
                None => Some(Template { pieces: vec![Piece::Variable("platform.origin".into())] }),
                Some(text) if text.value == "unset" => None,
                Some(text) => Some(self.template(text)),
            },
            peers,
        }
    }

    /// The subject's side.
    pub(crate) fn subject(&mut self, section: &SubjectSection) -> SubjectSetup {
        SubjectSetup {
            environment: self.environment(&section.environment),
            config: section.config.iter().map(|(key, value)| (key.value.clone(), self.json(value))).collect(),
            files: self.plants(&section.files),
            configs_directory: self.maybe_path(section.configs_directory.as_ref()),
            config_path: self.maybe_path(section.config_path.as_ref()),
            credential_files: CredentialFiles::default(),
            umask: section.umask.as_ref().map(|umask| self.permissions(Some(umask), 0)),
        }
    }

    fn maybe_path(&mut self, text: Option<&Text>) -> Option<String> {
        text.map(|text| self.path(text))
    }

    /// Compares the name in a file with the file's stem.
    pub(crate) fn same_name(&mut self, name: &Text, stem: &str, what: &str) {
        if !is_kebab_case(&name.value) {
            self.report(Code::BadName, name, format!("`{}` is not in kebab case", name.value), |it| {
                it.help("small letters, digits and single dashes: `restart-empties-configs`")
            });
        } else if name.value != stem {
            self.report(
                Code::NameDiffers,
                name,
                format!("the {what} is called otherwise than its file"),
                |it| {
                    it.label(format!("the file's stem is `{stem}`"))
                        .help(format!("write `{what}: {stem}`, or rename the file"))
                },
            );
        }
    }
}

/// Small letters and digits, joined by single dashes.
pub(crate) fn is_kebab_case(text: &str) -> bool {
    text.split('-').all(|part| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kebab_case_has_no_capitals_and_no_empty_parts() {
        assert!(is_kebab_case("a2a-post"));
        for bad in ["", "A", "a--b", "-a", "a_b", "a "] {
            assert!(!is_kebab_case(bad), "{bad}");
        }
    }
}
