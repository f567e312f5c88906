//! The Lambda function that Secrets Manager invokes.

use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let rotation = &keyturn_rotation::Rotation::from_process()?;
    let rotate = async |event: LambdaEvent<keyturn_rotation::Event>| {
        rotation.run(&event.payload).await.map_err(Error::from)
    };
    lambda_runtime::run(service_fn(rotate)).await
}
