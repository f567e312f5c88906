//! A report of leaked strings as it is stored: hashes, never the strings.

use keyturn_application::ports::{LeakReport, ReportedString};
use keyturn_domain::leak::FoundAt;
use keyturn_domain::secret::Kind;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use uuid::Uuid;

use super::{Malformed, Seconds, bytes, hash, id, is_false, moment, seconds};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeakReportRecord {
    id: Uuid,
    at: Seconds,
    source: String,
    strings: Vec<ReportedStringRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReportedStringRecord {
    #[serde(skip_serializing_if = "is_false", default)]
    request_token: bool,
    token: Uuid,
    hash: ByteBuf,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    found_at: Option<String>,
}

impl From<&LeakReport> for LeakReportRecord {
    fn from(report: &LeakReport) -> Self {
        let string = |string: &ReportedString| ReportedStringRecord {
            request_token: string.kind == Kind::Request,
            token: string.token.uuid(),
            hash: bytes(&string.hash),
            found_at: string.found_at.as_ref().map(|found_at| found_at.as_str().to_owned()),
        };
        Self {
            id: report.id,
            at: seconds(report.at),
            source: report.source.as_str().to_owned(),
            strings: report.strings.iter().map(string).collect(),
        }
    }
}

impl TryFrom<LeakReportRecord> for LeakReport {
    type Error = Malformed;

    fn try_from(record: LeakReportRecord) -> Result<Self, Malformed> {
        let string = |string: ReportedStringRecord| {
            Ok(ReportedString {
                kind: if string.request_token { Kind::Request } else { Kind::Token },
                token: id(string.token),
                hash: hash(&string.hash)?,
                found_at: string.found_at.map(FoundAt::stored),
            })
        };
        Ok(Self {
            id: record.id,
            at: moment(record.at)?,
            source: super::leak_source(&record.source),
            strings: record.strings.into_iter().map(string).collect::<Result<_, _>>()?,
        })
    }
}
