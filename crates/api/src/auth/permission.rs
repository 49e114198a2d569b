macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// What a caller may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Permission { $($(#[$doc])* $variant,)+ }

        impl Permission {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in roles, keys and answers.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        $(
            $(#[$doc])*
            pub(crate) enum $variant {}

            impl Require for $variant {
                const PERMISSION: Option<Permission> = Some(Permission::$variant);
            }
        )+
    };
}

/// What a route demands of its caller; named in its signature as `Allowed<...>`.
pub(crate) trait Require: 'static {
    /// The permission; `None` asks for a known caller only.
    const PERMISSION: Option<Permission>;
}

/// Anyone who is signed in or holds a key, whatever they may do.
pub(crate) enum SignedIn {}

impl Require for SignedIn {
    const PERMISSION: Option<Permission> = None;
}

permissions! {
    /// See workflows and their versions.
    ReadWorkflows = "workflows:read";
    /// Create, change, publish and delete workflows.
    WriteWorkflows = "workflows:write";
    /// Start executions.
    RunWorkflows = "workflows:execute";
    /// See executions with their data.
    ReadExecutions = "executions:read";
    /// Stop executions.
    CancelExecutions = "executions:cancel";
    /// Send signals to executions.
    SignalExecutions = "executions:signal";
    /// See what executions ask people.
    ReadApprovals = "approvals:read";
    /// Decide what executions ask, of everyone or of oneself.
    DecideApprovals = "approvals:decide";
    /// See the names of API keys.
    ReadApiKeys = "api_keys:read";
    /// Make and revoke API keys.
    WriteApiKeys = "api_keys:write";
    /// See node types and try expressions.
    ReadCatalog = "catalog:read";
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grants(u32);

impl Grants {
    /// The set with these names; `*` stands for all, names nobody knows any more for nothing.
    pub(crate) fn of(names: &[String]) -> Self {
        let mut set = 0;
        for name in names {
            for permission in Permission::ALL {
                if name == "*" || name == permission.as_str() {
                    set |= 1 << *permission as u32;
                }
            }
        }
        Self(set)
    }

    pub(crate) fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Whether everything in `other` is in here too.
    pub(crate) fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Whether there is nothing it does not allow.
    pub(crate) fn is_everything(self) -> bool {
        Permission::ALL.iter().all(|permission| self.has(*permission))
    }

    pub(crate) fn names(self) -> Vec<&'static str> {
        Permission::ALL.iter().filter(|permission| self.has(**permission)).map(|permission| permission.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_named_and_nothing_else() {
        let some = Grants::of(&["workflows:read".into(), "nonsense".into()]);
        assert_eq!(some.names(), ["workflows:read"]);
        let all = Grants::of(&["*".into()]);
        assert_eq!(all.names().len(), Permission::ALL.len());
        assert!(all.covers(some) && !some.covers(all) && some.covers(Grants::of(&[])));
    }
}
