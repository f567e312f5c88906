//! A fake KMS that speaks AWS JSON 1.1 over a socket. A ciphertext decrypts only with its key and encryption context.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// Bytes that `Encrypt` takes: <https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html>.
const PLAINTEXT: std::ops::RangeInclusive<usize> = 1..=4_096;

/// Bytes that `Decrypt` takes: <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html>.
const CIPHERTEXT: std::ops::RangeInclusive<usize> = 1..=6_144;

/// The address of the fake, and the calls that it receives, each with its operation.
pub(super) async fn start() -> (String, UnboundedReceiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (calls, seen) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, calls.clone()));
        }
    });
    (url, seen)
}

/// Answers one call and closes the connection.
async fn serve(stream: TcpStream, calls: UnboundedSender<(String, Value)>) {
    let mut stream = BufReader::new(stream);
    let (mut target, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("x-amz-target") => value.clone_into(&mut target),
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap();
            }
            None if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let call: Value = serde_json::from_slice(&body).unwrap();
    let (status, answer) = match answer(&target, &call) {
        Ok(answer) => (200, answer.to_string()),
        Err(kind) => (400, json!({ "__type": kind }).to_string()),
    };
    calls.send((target, call)).unwrap();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all((head + &answer).as_bytes()).await.unwrap();
}

/// The answer, or the name of the error. The ciphertext is the call itself, masked.
fn answer(target: &str, call: &Value) -> Result<Value, &'static str> {
    let key = &call["KeyId"];
    match target {
        "TrentService.Encrypt" if key == "alias/gone" => Err("NotFoundException"),
        "TrentService.Encrypt" if !PLAINTEXT.contains(&bytes(&call["Plaintext"]).len()) => {
            Err("ValidationException")
        }
        "TrentService.Decrypt" if !CIPHERTEXT.contains(&bytes(&call["CiphertextBlob"]).len()) => {
            Err("ValidationException")
        }
        "TrentService.Encrypt" => {
            Ok(json!({ "KeyId": key, "CiphertextBlob": encoded(masked(call.to_string().into())) }))
        }
        "TrentService.Decrypt" => {
            let made = masked(bytes(&call["CiphertextBlob"]));
            let made: Value = serde_json::from_slice(&made).map_err(|_| "InvalidCiphertextException")?;
            if made["KeyId"] != *key {
                Err("IncorrectKeyException")
            } else if made["EncryptionContext"] != call["EncryptionContext"] {
                Err("InvalidCiphertextException")
            } else {
                Ok(json!({ "KeyId": key, "Plaintext": made["Plaintext"] }))
            }
        }
        _ => Err("UnknownOperationException"),
    }
}

/// What a base64 value holds.
fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap_or_default()).unwrap()
}

fn encoded(bytes: Vec<u8>) -> String {
    STANDARD.encode(bytes)
}

fn masked(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().map(|byte| byte ^ 0xa5).collect()
}
