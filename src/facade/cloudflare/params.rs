//! What stands in a path and in a query, for the documentation: [`Call`](super::call::Call) and [`list`](super::list) read
//! it.
#![expect(dead_code, reason = "only their schemas are used")]
#![expect(clippy::struct_field_names, reason = "the product calls them so")]

use utoipa::{IntoParams, ToSchema};

/// An account.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AccountPath {
    /// The namespace: its UID as 32 hexadecimal digits, or its name.
    account_id: String,
}

/// A store of an account.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct StorePath {
    /// The namespace: its UID as 32 hexadecimal digits, or its name.
    account_id: String,
    /// The store's identifier.
    store_id: String,
}

/// A secret of a store.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SecretPath {
    /// The namespace: its UID as 32 hexadecimal digits, or its name.
    account_id: String,
    /// The store's identifier.
    store_id: String,
    /// The secret's identifier.
    secret_id: String,
}

/// From which end.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum Direction {
    Asc,
    Desc,
}

/// By what stores are sorted.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum StoreOrder {
    Name,
    Created,
    Modified,
}

/// By what secrets are sorted.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum SecretOrder {
    Name,
    Comment,
    Created,
    Modified,
    Status,
}

/// Which page of stores, or of accounts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfStores {
    /// From which end; `desc` by default.
    #[param(inline)]
    direction: Option<Direction>,
    /// By what they are sorted; `created` by default.
    #[param(inline)]
    order: Option<StoreOrder>,
    /// Which page, counted from 1.
    #[param(minimum = 0)]
    page: Option<u32>,
    /// How many on a page: 20 by default, at most 100.
    #[param(minimum = 0)]
    per_page: Option<u32>,
}

/// Which secrets, and which page of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfSecrets {
    /// From which end; `desc` by default.
    #[param(inline)]
    direction: Option<Direction>,
    /// By what they are sorted; `created` by default.
    #[param(inline)]
    order: Option<SecretOrder>,
    /// Which page, counted from 1.
    #[param(minimum = 0)]
    page: Option<u32>,
    /// How many on a page: 20 by default, at most 100.
    #[param(minimum = 0)]
    per_page: Option<u32>,
    /// Part of a name or remark, whatever its case.
    search: Option<String>,
    /// Any of these scopes.
    scopes: Option<Vec<String>>,
}

/// What a name has to be.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Named {
    /// The name of an account.
    name: Option<String>,
}

/// Whether its secrets go with a store.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Force {
    /// Also where it has secrets, which go with it.
    force: Option<bool>,
}
