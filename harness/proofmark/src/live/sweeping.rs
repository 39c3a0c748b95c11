//! Giving back what earlier runs left on a tenant.

use std::collections::BTreeMap;
use std::path::Path;

use platform::Tenant;

use super::lease::{Lease, LeaseJournal, Leased};
use super::run::LiveError;

/// How the names of everything that runs create begin.
const OURS: &str = "proofmark-";

/// The outcome of a sweep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Names of workspaces that were deleted.
    pub deleted: Vec<String>,
    /// What could not be deleted, or is still listed, and why.
    pub left: Vec<String>,
}

/// Deletes what the lease journal says and, with `by_name`, every workspace whose name is one of ours, the newest first; then
/// looks whether the tenant still shows anything of it.
pub async fn sweep(tenant: &Tenant, leases: &Path, by_name: bool) -> Result<Swept, LiveError> {
    let outstanding = LeaseJournal::outstanding(leases, &tenant.origin())?;
    let mut swept = Swept::default();
    if outstanding.is_empty() && !by_name {
        return Ok(swept);
    }
    let wanted: BTreeMap<&str, &Lease> = outstanding
        .iter()
        .map(|lease| (lease.name.as_str(), lease))
        .collect();
    let is_ours = |name: &str| wanted.contains_key(name) || (by_name && name.starts_with(OURS));
    let mut listed: Vec<(String, String)> = tenant
        .workspaces()
        .await?
        .into_iter()
        .filter(|workspace| is_ours(&workspace.name))
        .map(|workspace| (workspace.name, workspace.id))
        .collect();
    listed.sort();
    for (name, id) in listed.into_iter().rev() {
        match tenant.delete_workspace(&id).await {
            Ok(()) => swept.deleted.push(name),
            Err(error) => swept.left.push(format!("`{name}` ({id}): {error}")),
        }
    }
    let still: Vec<String> = tenant
        .workspaces()
        .await?
        .into_iter()
        .filter(|workspace| is_ours(&workspace.name))
        .map(|workspace| workspace.name)
        .collect();
    for name in &still {
        if !swept.left.iter().any(|line| line.contains(name.as_str())) {
            swept.left.push(format!("`{name}` is still listed"));
        }
    }
    let mut journal = LeaseJournal::open(leases)?;
    for lease in outstanding {
        if !still.contains(&lease.name) {
            journal.write(&Lease {
                state: Leased::Released,
                ..lease
            })?;
        }
    }
    Ok(swept)
}
