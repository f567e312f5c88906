//! Partially processed batches: the unprocessed keys are retried, and a page is complete or an error.

use futures::future::join_all;
use keyturn_application::ports::{Order, Paging, TokenFilter, TokenList as _, TokenStore as _};
use keyturn_dynamodb::BatchingTokenStore;

use crate::layer::{Fault, Layer, stored};
use crate::make::{birth, company, id};

const TOKENS: u128 = 7;

const PAGE: Paging = Paging { size: 100, order: Order::Ascending, bound: None };

async fn seven() -> Layer {
    let layer = Layer::new();
    for number in 1..=TOKENS {
        stored(&layer.table(), number).await;
    }
    layer
}

#[tokio::test(start_paused = true)]
async fn retries_unprocessed_keys() {
    for read in [1, 3, 13] {
        let layer = seven().await;
        layer.raise_on("BatchGetItem", &Fault::Partial(read), 3);
        let page = layer.table().list(&company(), &TokenFilter::default(), PAGE, birth()).await.unwrap();
        let ids: Vec<_> = page.items.iter().map(|(token, _)| token.id.uuid().as_u128()).collect();
        assert_eq!(ids, (1..=TOKENS).collect::<Vec<_>>(), "{read} read at a time");
    }
}

#[tokio::test(start_paused = true)]
async fn fails_if_a_batch_makes_no_progress() {
    let layer = seven().await;
    layer.raise_on("BatchGetItem", &Fault::Partial(0), 1_000);
    let page = layer.table().list(&company(), &TokenFilter::default(), PAGE, birth()).await;
    assert!(page.is_err(), "{page:?}");
    assert!(layer.calls().len() < 20, "asked {} times", layer.calls().len());
}

#[tokio::test(start_paused = true)]
async fn batched_reads_all_succeed_or_all_fail() {
    let layer = seven().await;
    let tokens = BatchingTokenStore::new(layer.table());
    let all = async || join_all((1..=TOKENS).map(|number| tokens.token(id(number)))).await;

    layer.raise_on("BatchGetItem", &Fault::Partial(2), 2);
    let read: Vec<_> = all().await.into_iter().map(|token| token.unwrap().map(|token| token.id)).collect();
    assert_eq!(read, (1..=TOKENS).map(|number| Some(id(number))).collect::<Vec<_>>());

    // The first four are alone, and each reads with a call of its own; the others are the next batch.
    layer.raise_on("BatchGetItem", &Fault::Partial(0), 1_000);
    let read = all().await;
    let read: Vec<_> = read.iter().map(Result::is_ok).collect();
    assert_eq!(read, [true, true, true, true, false, false, false]);
}
