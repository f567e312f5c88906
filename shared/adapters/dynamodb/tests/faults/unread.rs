//! Batches that DynamoDB reads in part: the rest is asked for, and a page is whole or an error.

use keyturn_application::ports::{Order, Paging, TokenFilter, TokenList as _};

use crate::layer::{Fault, Layer, stored};
use crate::make::{birth, company};

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
async fn what_is_left_unread_is_asked_for_again() {
    for read in [1, 3, 13] {
        let layer = seven().await;
        layer.raise_on("BatchGetItem", &Fault::Partial(read), 3);
        let page = layer.table().list(&company(), &TokenFilter::default(), PAGE, birth()).await.unwrap();
        let ids: Vec<_> = page.iter().map(|(token, _)| token.id.uuid().as_u128()).collect();
        assert_eq!(ids, (1..=TOKENS).collect::<Vec<_>>(), "{read} read at a time");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_which_nothing_is_read_is_an_error_and_not_a_shorter_page() {
    let layer = seven().await;
    layer.raise_on("BatchGetItem", &Fault::Partial(0), 1_000);
    let page = layer.table().list(&company(), &TokenFilter::default(), PAGE, birth()).await;
    assert!(page.is_err(), "{page:?}");
    assert!(layer.calls().len() < 20, "asked {} times", layer.calls().len());
}
