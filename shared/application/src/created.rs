//! A token just created, and the answer that hands it over.

use keyturn_domain::secret::{SecretString, SigningSecret};
use keyturn_domain::token::Token;

use crate::ports::PortError;

/// A token just created, with its secrets.
#[derive(Clone)]
pub struct Created {
    /// The record.
    pub token: Token,
    /// Its token string.
    pub string: SecretString,
    /// Its callback's signing secret, if that is new.
    pub signing_secret: Option<SigningSecret>,
}

impl Created {
    /// The token among the records of a change, with its secrets.
    pub(crate) fn of(
        token: Option<&Token>,
        string: &SecretString,
        signing_secret: Option<&SigningSecret>,
    ) -> Result<Self, PortError> {
        let token = token.cloned().ok_or(PortError::bare("the change created no token"))?;
        Ok(Self { token, string: string.clone(), signing_secret: signing_secret.cloned() })
    }

    /// What must not be stored in the clear.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        let signing_secret = self.signing_secret.as_ref().map(SigningSecret::expose);
        std::iter::once(self.string.expose()).chain(signing_secret).collect()
    }
}

/// The result of a creating request.
pub enum Outcome {
    /// The token was created now.
    New(Box<Created>),
    /// The request is a repetition: the body of the first answer.
    Replayed(String),
}

/// Encodes the answer that hands a new token over, so that it can be saved for repetitions of the request.
pub trait CreatedEncoder: Send + Sync {
    /// The answer's body. Must be a function of its argument alone.
    fn encode(&self, created: &Created) -> Result<String, PortError>;
}
