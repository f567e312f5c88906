//! Reads partitions side by side, in the order of their ids, until a page is full or the budget is spent.
//!
//! An item is taken when every other partition is known to hold none before it. Where that isn't known, the partitions in
//! question are read on, concurrently.

use std::collections::VecDeque;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use futures::future::try_join_all;
use keyturn_application::PortError;
use keyturn_application::ports::Bound;
use uuid::Uuid;

use crate::range::Range;
use crate::{Item, page_of};

/// Entries that the first query with a filter reads, over all partitions; each further one reads twice as many. A common
/// match costs little, and a rare one is found in few calls.
const FIRST: usize = 200;

/// One partition, read within a range.
pub(crate) struct Source {
    query: QueryFluentBuilder,
    /// The key that the id is the last part of.
    key: &'static str,
    /// What the next query reads if few entries match; `None` if nearly all do.
    rarely: Option<usize>,
    found: VecDeque<(Uuid, Item)>,
    /// The last id that was read, matching or not.
    reached: Option<Uuid>,
    from: Option<Item>,
    ended: bool,
}

impl Source {
    /// A query whose condition contains the bounds of the range. `key` is the attribute whose last part is the id.
    pub(crate) const fn new(query: QueryFluentBuilder, key: &'static str) -> Self {
        Self { query, key, rarely: None, found: VecDeque::new(), reached: None, from: None, ended: false }
    }

    /// Says that few of the entries may match.
    pub(crate) const fn filtered(mut self, filtered: bool) -> Self {
        if filtered {
            self.rarely = Some(FIRST);
        }
        self
    }

    /// Whether the next item is not known.
    fn is_open(&self) -> bool {
        !self.ended && self.found.is_empty()
    }

    /// Whether all up to this place in the order of reading has been read.
    fn is_beyond(&self, range: Range, place: u128) -> bool {
        self.reached.is_some_and(|id| range.rank(id) >= place)
    }

    fn id(&self, item: &Item) -> Result<Uuid, PortError> {
        let text = item.get(self.key).and_then(|value| value.as_s().ok());
        let id = text.and_then(|text| text.rsplit('#').next()?.parse().ok());
        id.ok_or(PortError::bare("the key of an entry is malformed"))
    }

    /// Reads on. Returns how many entries were read.
    async fn read(&mut self, forward: bool, wanted: usize, most: usize) -> Result<usize, PortError> {
        let limit = self.rarely.unwrap_or(wanted).min(most);
        self.rarely = self.rarely.map(|rarely| rarely * 2);
        let query = self.query.clone().scan_index_forward(forward);
        let query = query.limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let page = page_of(query.set_exclusive_start_key(self.from.take())).await?;
        for item in page.items.unwrap_or_default() {
            self.found.push_back((self.id(&item)?, item));
        }
        self.reached = page.last_evaluated_key.as_ref().map(|key| self.id(key)).transpose()?;
        self.ended = page.last_evaluated_key.is_none();
        self.from = page.last_evaluated_key;
        Ok(usize::try_from(page.scanned_count).unwrap_or_default().max(1))
    }
}

/// Partitions that are read together.
pub(crate) struct Walk {
    range: Range,
    sources: Vec<Source>,
    budget: usize,
    /// The last item that was taken.
    taken: Option<Uuid>,
}

impl Walk {
    /// Reads these partitions, which are one list together, and at most `budget` entries of them.
    pub(crate) fn new(range: Range, mut sources: Vec<Source>, budget: usize) -> Self {
        if range.low > range.high {
            sources.clear();
        }
        let count = sources.len();
        for source in &mut sources {
            source.rarely = source.rarely.map(|rarely| rarely.div_ceil(count));
        }
        // Less would not get any further.
        Self { range, budget: budget.max(count), sources, taken: None }
    }

    /// The next items in the order of reading: fewer than asked for if there are no more, or if the budget is spent.
    pub(crate) async fn next(&mut self, count: usize) -> Result<Vec<Item>, PortError> {
        let mut items = Vec::new();
        while items.len() < count {
            if let Some((id, item)) = self.first().and_then(|first| self.sources[first].found.pop_front()) {
                self.taken = Some(id);
                items.push(item);
            } else if !self.read(count - items.len()).await? {
                break;
            }
        }
        Ok(items)
    }

    /// Where the list goes on, if it may. Looks one item ahead while the budget lasts.
    pub(crate) async fn rest(mut self) -> Result<Option<Bound>, PortError> {
        while self.first().is_none() {
            if !self.read(1).await? {
                break;
            }
        }
        let position = match self.first() {
            Some(_) => self.taken,
            // All before it has been read.
            None => self.open().filter_map(|source| source.reached).min_by_key(|id| self.range.rank(*id)),
        };
        Ok(position.map(|id| self.range.bound(id)))
    }

    /// The partitions whose next item is not known.
    fn open(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| source.is_open())
    }

    /// The partition with the next item, if that is certain.
    fn first(&self) -> Option<usize> {
        let heads = self.sources.iter().enumerate();
        let heads =
            heads.filter_map(|(index, source)| Some((self.range.rank(source.found.front()?.0), index)));
        let (head, index) = heads.min()?;
        let is_certain = self.open().all(|source| source.is_beyond(self.range, head));
        is_certain.then_some(index)
    }

    /// Reads on in the partitions that may hold the next item. False if there are none, or if the budget is spent.
    async fn read(&mut self, wanted: usize) -> Result<bool, PortError> {
        let (range, count) = (self.range, self.sources.len());
        let heads = self.sources.iter().filter_map(|source| Some(range.rank(source.found.front()?.0)));
        let head = heads.min().unwrap_or(u128::MAX);
        let open = self.sources.iter_mut().filter(|source| source.is_open());
        let mut open: Vec<_> = open.filter(|source| !source.is_beyond(range, head)).collect();
        // If the budget is not enough for all, the least advanced ones are read.
        open.sort_by_key(|source| source.reached.map(|id| range.rank(id)));
        open.truncate(self.budget);
        if open.is_empty() {
            return Ok(false);
        }
        let most = self.budget / open.len();
        // One more than wanted tells whether there is another page. Ids are spread evenly, but not exactly.
        let wanted = if count == 1 { wanted + 1 } else { 2 * (wanted + 1).div_ceil(count) };
        let read =
            try_join_all(open.into_iter().map(|source| source.read(range.forward, wanted, most))).await?;
        self.budget = self.budget.saturating_sub(read.into_iter().sum());
        Ok(true)
    }
}
