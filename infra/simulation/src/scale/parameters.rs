//! The figures of the simulated AWS region. Each is an option of the command; the defaults are those of a real region and
//! of `template.yaml`.

use clap::{Args, Parser};

/// Latencies, limits and Lambda's rules.
#[derive(Args, Clone, Debug)]
pub struct Parameters {
    /// Milliseconds of a read from DynamoDB
    #[arg(long, default_value_t = 8)]
    pub read_millis: i64,
    /// Milliseconds of a transaction in DynamoDB; an update takes half as long
    #[arg(long, default_value_t = 27)]
    pub transaction_millis: i64,
    /// Milliseconds of a call of KMS
    #[arg(long, default_value_t = 10)]
    pub kms_millis: i64,
    /// Milliseconds of `PutEvents`
    #[arg(long, default_value_t = 25)]
    pub events_millis: i64,
    /// Milliseconds of sending a mail through SES
    #[arg(long, default_value_t = 60)]
    pub mail_millis: i64,
    /// Milliseconds of a callback to a healthy receiver
    #[arg(long, default_value_t = 200)]
    pub callback_millis: i64,
    /// Calls that take ten times as long, in per cent
    #[arg(long, default_value_t = 1.0)]
    pub tail_percent: f64,
    /// Milliseconds after which the SDK gives up on DynamoDB or KMS
    #[arg(long, default_value_t = 9_000)]
    pub sdk_limit_millis: i64,
    /// Milliseconds after which the SDK gives up on EventBridge
    #[arg(long, default_value_t = 2_000)]
    pub events_limit_millis: i64,
    /// Milliseconds after which the SDK gives up on SES
    #[arg(long, default_value_t = 5_000)]
    pub mail_limit_millis: i64,
    /// Milliseconds after which a callback times out
    #[arg(long, default_value_t = 10_000)]
    pub callback_limit_millis: i64,
    /// Milliseconds from a callback to the redemption
    #[arg(long, default_value_t = 2_000)]
    pub redemption_millis: i64,
    /// Milliseconds from a write to the function on the table's stream
    #[arg(long, default_value_t = 300)]
    pub stream_millis: i64,

    /// Write units a second of one partition key of the table or of an index
    #[arg(long, default_value_t = 1_000.0)]
    pub partition_write_units: f64,
    /// Write units a second of the table on demand: the default quota; a new table starts at 4,000
    #[arg(long, default_value_t = 40_000.0)]
    pub table_write_units: f64,
    /// Cryptographic operations of KMS a second: the default quota in us-east-1
    #[arg(long, default_value_t = 50_000.0)]
    pub kms_per_second: f64,
    /// Events a second that EventBridge takes: the default quota in us-east-1
    #[arg(long, default_value_t = 10_000.0)]
    pub events_per_second: f64,
    /// Mails a second that SES takes: the rate of an account that has just left the sandbox
    #[arg(long, default_value_t = 14.0)]
    pub mails_per_second: f64,

    /// Mails a second that the schedule sends: `MailsPerSecond`
    #[arg(long, default_value_t = 14)]
    pub mail_pace: u32,
    /// Shards of the due index
    #[arg(long, default_value_t = 24)]
    pub shards: u8,
    /// Schedules of the function, each of which starts it every minute
    #[arg(long, default_value_t = 8)]
    pub schedules: u8,
    /// Reserved concurrency
    #[arg(long, default_value_t = 17)]
    pub concurrency: usize,
    /// The function's time limit in seconds
    #[arg(long, default_value_t = 90)]
    pub timeout_seconds: i64,
    /// A run starts no item later than this many seconds after its start
    #[arg(long, default_value_t = 55)]
    pub latest_start_seconds: i64,
    /// Memory in MB, and with it the share of a processor: 1,769 MB have a whole one
    #[arg(long, default_value_t = 1_024)]
    pub memory_mb: u32,
    /// Milliseconds of a cold start
    #[arg(long, default_value_t = 300)]
    pub cold_start_millis: i64,
    /// Microseconds of a whole processor that a call of an AWS service takes: signature, encryption, JSON
    #[arg(long, default_value_t = 300)]
    pub call_micros: i64,
    /// Microseconds of a whole processor that each item of a read from DynamoDB takes
    #[arg(long, default_value_t = 25)]
    pub item_micros: i64,
    /// Microseconds of a whole processor that a callback takes: a TLS handshake and the signature
    #[arg(long, default_value_t = 1_000)]
    pub callback_micros: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        #[derive(Parser)]
        struct Defaults {
            #[command(flatten)]
            parameters: Parameters,
        }
        Defaults::parse_from([""]).parameters
    }
}

impl Parameters {
    /// The share of a processor that a run has.
    #[must_use]
    pub fn processor(&self) -> f64 {
        f64::from(self.memory_mb) / 1_769.0
    }
}
