//! Texts that are for comparing and never for showing.

use std::fmt::{Debug, Formatter};

use postgres_types::{FromSql, Type};
use sea_orm::{DbErr, DeriveValueType, TryFromU64};

/// A digest, a hash or a sealed key: kept in the database, left out of logs and errors.
#[derive(Clone, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Hidden(pub String);

impl Hidden {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Debug for Hidden {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Hidden")
    }
}

impl<'a> FromSql<'a> for Hidden {
    fn from_sql(of: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        String::from_sql(of, bytes).map(Self)
    }

    fn accepts(of: &Type) -> bool {
        <String as FromSql>::accepts(of)
    }
}

// SeaORM asks every primary key for this; it serves databases that hand out integers.
impl TryFromU64 for Hidden {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("Hidden"))
    }
}
