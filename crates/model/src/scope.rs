use crate::TenantId;

/// Proof that code may act for one tenant.
///
/// It is minted in three places only (the authentication extractor, the claim, the system loops); `assume` is on the list of
/// disallowed methods, so each of them carries an explicit exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TenantScope {
    tenant: TenantId,
}

impl TenantScope {
    /// Takes responsibility for having checked that the caller may act for `tenant`.
    #[must_use]
    pub const fn assume(tenant: TenantId) -> Self {
        Self { tenant }
    }

    /// The tenant this scope stands for.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }
}
