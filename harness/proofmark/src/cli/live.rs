//! What can be typed about a live platform. Credentials come from the environment alone: any user can read a command line.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use platform::{Tenant, TenantSettings, TenantTrouble, USUAL_RATE};
use protocol::{Catalogue, Credential, Revision};

use super::complaint::Complaint;
use super::output::Output;
use crate::exit::Exit;
use crate::live::{LeaseJournal, LiveError, LiveRun, LiveSettings, Offers, sweep};
use crate::runner::Claims;
use scenario::judge::Blame;
use scenario::plan::{Plan, PlatformNeed};

/// The operator's token.
const ADMIN_TOKEN: &str = "PROOFMARK_ADMIN_TOKEN";
/// The token of the control routes of a stand-alone platform.
const CONTROL_TOKEN: &str = "PROOFMARK_CONTROL_TOKEN";
/// The organisation of the tenant.
const ORGANISATION: &str = "PROOFMARK_ORG_ID";
/// The token of the workspace that `--workspace` names.
const WORKSPACE_TOKEN: &str = "PROOFMARK_WORKSPACE_TOKEN";

#[derive(Debug, Args)]
pub(super) struct TenantArguments {
    /// A live platform instead of the double: `https://tenant.example`. Tokens come from the variables `PROOFMARK_ADMIN_TOKEN`,
    /// `PROOFMARK_ORG_ID` and `PROOFMARK_WORKSPACE_TOKEN`.
    #[arg(long, value_name = "URL")]
    pub(super) platform: Option<String>,
    /// A host that may be contacted; no other one ever is.
    #[arg(long, value_name = "HOST")]
    pub(super) allow_tenant: Vec<String>,
    /// Trusts the certificate authorities in this PEM file instead of the system's.
    #[arg(long, value_name = "FILE")]
    pub(super) certificate_authority: Option<PathBuf>,
    /// At most so many requests a second.
    #[arg(long, value_name = "NUMBER", default_value_t = USUAL_RATE)]
    pub(super) request_rate: u32,
    /// Where it is written down what was created [default: proofmark/leases.ndjson below the user's state directory].
    #[arg(long, value_name = "FILE")]
    pub(super) leases: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
pub(super) struct LiveArguments {
    #[command(flatten)]
    pub(super) tenant: TenantArguments,
    /// The version of the contract that the platform speaks [default: told by the platform, where it can].
    #[arg(long, value_name = "REVISION", requires = "platform")]
    pub(super) platform_revision: Option<Revision>,
    /// How the platform reaches the subject; without it scenarios about inbound messages do not apply. Not needed for a platform on
    /// this machine.
    #[arg(long, value_name = "URL", requires = "platform")]
    pub(super) public_url: Option<String>,
    /// Uses this workspace instead of creating any; nothing destructive is done to it.
    #[arg(long, value_name = "ID", requires = "platform")]
    pub(super) workspace: Option<String>,
    /// At most so many workspaces are created.
    #[arg(long, value_name = "NUMBER", default_value_t = 500)]
    pub(super) max_creates: u32,
    /// Disturbs requests on their way to a live platform, too: only idempotent ones.
    #[arg(long, requires = "platform")]
    pub(super) wire_faults: bool,
    /// Only whether a runtime comes online and hears: the scenarios of the area `smoke`, on one workspace, without a probe, made for
    /// a cron job.
    #[arg(long, conflicts_with_all = ["area", "requirement"])]
    pub(super) smoke: bool,
    /// Gives back what earlier runs left on the platform before anything is created.
    #[arg(long, requires = "platform")]
    pub(super) sweep_first: bool,
    /// Prints what would be created and called, and contacts no host.
    #[arg(long, requires = "platform")]
    pub(super) dry_run: bool,
}

/// What was typed, or the platform and the way to it.
impl From<TenantTrouble> for Complaint {
    fn from(trouble: TenantTrouble) -> Self {
        if trouble.is_usage() {
            return format!("proofmark: {trouble}").into();
        }
        let blame = Blame::from(trouble.kind()).name();
        Self::new(
            Exit::Incomplete,
            format!("proofmark: nothing was judged, blame: {blame}: {trouble}"),
        )
    }
}

impl From<LiveError> for Complaint {
    fn from(error: LiveError) -> Self {
        Self::unjudged(error)
    }
}

impl TenantArguments {
    /// Opens the tenant; nothing is sent.
    pub(super) fn open(&self) -> Result<Option<Tenant>, Complaint> {
        let Some(address) = &self.platform else {
            return Ok(None);
        };
        let read = |file: &PathBuf| {
            std::fs::read(file).map_err(|error| {
                format!(
                    "proofmark: cannot read the certificate authority `{}`: {error}",
                    file.display()
                )
            })
        };
        let authority = self.certificate_authority.as_ref().map(read).transpose()?;
        let settings = TenantSettings {
            address: address.clone(),
            allowed: self.allow_tenant.clone(),
            authority,
            admin_token: credential(ADMIN_TOKEN),
            control_token: credential(CONTROL_TOKEN),
            organisation: std::env::var(ORGANISATION)
                .ok()
                .filter(|value| !value.trim().is_empty()),
            requests_per_second: self.request_rate,
        };
        Ok(Some(Tenant::open(&settings)?))
    }

    /// The lease journal.
    pub(super) fn leases(&self) -> PathBuf {
        self.leases.clone().unwrap_or_else(LeaseJournal::usual_path)
    }
}

impl LiveArguments {
    /// Begins a live run, if a platform is named: asks it for its health and for what it offers, and looks for what earlier runs left.
    pub(super) async fn begin(&self) -> Result<Option<LiveRun>, Complaint> {
        let Some(tenant) = self.tenant.open()? else {
            return Ok(None);
        };
        let existing = self.existing()?;
        tenant.probe().await?;
        let leases = self.tenant.leases();
        self.clear_the_past(&tenant, &leases).await?;
        let offer = tenant.control_offer().await;
        let tenant = if offer.is_some() {
            tenant
        } else {
            tenant.without_control()
        };
        let told = match &offer {
            Some(offer) => Some(offer.revision),
            None => tenant.told_revision().await,
        };
        let revision = self.platform_revision.or(told).unwrap_or(Revision::R1);
        let mut offers = match &existing {
            Some(_) => Offers::of_an_existing_workspace(revision),
            // Without an operator's token any caller is the operator, but only until the first token is live: what was created would stay.
            None if tenant.admin_token().is_none() && offer.is_none() => {
                let message = format!(
                    "proofmark: nothing can be created without the operator's token: set {ADMIN_TOKEN}, or name a workspace by `--workspace`"
                );
                return Err(message.into());
            }
            None => Offers::of_an_operator(revision),
        };
        let provisioned = offer.is_some();
        if provisioned && existing.is_none() {
            offers.needs.extend(tenant_controls());
        }
        if tenant.is_local() && existing.is_none() {
            offers.needs.insert(PlatformNeed::Peers);
        }
        // From r2 on messages to a workspace that an operator creates are kept for a runtime that asks for them.
        let pushes = provisioned || revision < Revision::R2;
        if (tenant.is_local() && existing.is_none() || self.public_url.is_some()) && pushes {
            offers.needs.insert(PlatformNeed::ReachSubject);
        }
        if self.wire_faults || provisioned {
            offers.needs.insert(PlatformNeed::Faults);
        }
        if provisioned {
            offers.needs.insert(PlatformNeed::FaultsOnMessages);
        }
        let run = LiveRun::begin(LiveSettings {
            tenant,
            offers,
            leases,
            max_creates: if self.smoke { 1 } else { self.max_creates },
            public_url: self.public_url.clone(),
            existing,
        })?;
        Ok(Some(run))
    }

    /// The workspace that is used instead of a created one, with its token. Without one a runtime could not register, or would be given the
    /// token that is issued once, and take it with it when it is gone.
    fn existing(&self) -> Result<Option<(String, Credential)>, String> {
        let Some(id) = self.workspace.clone() else {
            return Ok(None);
        };
        match credential(WORKSPACE_TOKEN) {
            Some(token) => Ok(Some((id, token))),
            None => Err(format!(
                "proofmark: nothing was sent: `--workspace {id}` needs the token of that workspace; set {WORKSPACE_TOKEN}"
            )),
        }
    }

    /// Says what a run would create and ask for, without a packet.
    pub(super) fn rehearse(
        &self,
        plans: &[Arc<Plan>],
        claims: &Claims,
        catalogue: &Catalogue,
        output: &mut Output,
    ) -> Result<Exit, Complaint> {
        let tenant = self
            .tenant
            .open()?
            .ok_or_else(|| "proofmark: name the platform by `--platform`".to_owned())?;
        let applicable: Vec<&Arc<Plan>> = plans
            .iter()
            .filter(|plan| claims.objection(plan, catalogue).is_none())
            .collect();
        let creates: usize = if self.workspace.is_some() {
            0
        } else {
            1 + applicable
                .iter()
                .map(|plan| 1 + plan.world.peers.len())
                .sum::<usize>()
        };
        output.print(&format!(
            "{} of {} scenarios apply to the subject; on {} a run would create at most {creates} workspaces \
             (named proofmark-<run>-<number>, each deleted when its scenario ends), write their leases to {}, and send at most {} \
             requests a second\n",
            applicable.len(),
            plans.len(),
            tenant.origin(),
            self.tenant.leases().display(),
            self.tenant.request_rate
        ));
        for (need, count) in needed(&applicable) {
            output.print(&format!("  {count:>3} need the platform to {need}\n"));
        }
        output.print("nothing was sent\n");
        Ok(Exit::Conformant)
    }

    async fn clear_the_past(
        &self,
        tenant: &Tenant,
        leases: &std::path::Path,
    ) -> Result<(), Complaint> {
        let left: Vec<String> = if self.sweep_first {
            sweep(tenant, leases, false).await?.left
        } else {
            let outstanding =
                LeaseJournal::outstanding(leases, &tenant.origin()).map_err(LiveError::from)?;
            outstanding.into_iter().map(|lease| lease.name).collect()
        };
        if left.is_empty() {
            return Ok(());
        }
        let message = format!(
            "proofmark: an earlier run left this on the platform, and nothing was run:\n  {}\n\
             give it back by `proofmark sweep`, or by `--sweep-first`",
            left.join("\n  ")
        );
        Err(Complaint::new(Exit::LeftBehind, message))
    }
}

/// How many plans need what.
fn needed(plans: &[&Arc<Plan>]) -> BTreeMap<String, usize> {
    let mut needed = BTreeMap::new();
    for need in plans.iter().flat_map(|plan| plan.platform_needs()) {
        *needed.entry(need.in_words()).or_insert(0) += 1;
    }
    needed
}

/// What control routes offer besides what an operator can do.
fn tenant_controls() -> [PlatformNeed; 6] {
    [
        PlatformNeed::ReadSecret,
        PlatformNeed::RotateSecret,
        PlatformNeed::ClearSecret,
        PlatformNeed::PruneActivity,
        PlatformNeed::Delegations,
        PlatformNeed::ReadActivity,
    ]
}

fn credential(name: &str) -> Option<Credential> {
    std::env::var(name)
        .ok()
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
        .map(Credential::new)
}
