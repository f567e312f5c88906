// English texts.

export const en = {
  copy: 'Copy', close: 'Close', cancel: 'Cancel', yes: 'yes', no: 'no', none: 'none', never: 'never',
  neverUsed: 'never used',
  header: {
    skip: 'Skip to the content', signOut: 'Sign out', signedIn: 'Signed in with {name}', readOnly: 'Read only',
  },
  signin: {
    title: 'Sign in to Keyturn', lead: 'API access tokens, and how they renew themselves.',
    token: 'Management token',
    hint: 'A token for the application API_ACCESS_TOKENS. It is kept for this browser tab only.', submit: 'Sign in',
    malformed: 'This is not a token string: it begins with kat_ and has 75 characters.',
    unknown: 'This token is not known.', ended: 'This token is no longer valid.',
    cannotManage: 'This token is not for the application API_ACCESS_TOKENS.',
    with: 'Sign in with {name}', or: 'or', sessionEnded: 'Your session has ended. Sign in again.',
  },
  signinFailed: {
    NOT_STARTED: 'This sign-in was not begun in this browser, or took longer than 10 minutes. Try again.',
    UNKNOWN_PROVIDER: 'There is no such identity provider any more.',
    PROVIDER_REFUSED: 'The identity provider did not confirm who you are.',
    NOT_FRESH: 'The identity provider does not say that you have just signed in, which this needs.',
    COMPANY_NOT_ALLOWED: 'The identity provider names no company that you may sign in to here.',
    SEVERAL_COMPANIES: 'The identity provider names several companies, and a session is for one.',
    NO_ROLE: 'You have no role here. Ask whoever administers your company’s accounts for one.',
    BARRED: 'An administrator has barred you.',
    PROVIDER_UNAVAILABLE: 'The identity provider does not answer. Try again in a moment.',
    OTHER: 'That did not work. Try again.',
  },
  role: { VIEWER: 'Viewer', OPERATOR: 'Operator', ADMIN: 'Administrator' },
  again: {
    title: 'Sign in again', submit: 'Sign in again',
    intro: 'This needs a sign-in that is not older than 5 minutes. Afterwards you are back on this page.',
  },
  sessions: {
    title: 'Sessions', since: 'signed in', seen: 'last seen', own: 'This is your own session.', end: 'End', endOf: 'End the session of {name}',
    ended: 'Session ended',
  },
  status: {
    ACTIVE: 'Active', EXPIRED: 'Expired', DEACTIVATED: 'Deactivated',
  },
  rights: {
    READ: 'Read', READ_WRITE: 'Read and write',
  },
  age: {
    days: { one: '{days} day', other: '{days} days' },
    ORANGE: 'older than 6 months', RED: 'older than 1 year',
  },
  list: {
    shown: { one: '{count} token shown', other: '{count} tokens shown' },
    title: 'Personal access tokens', create: 'Create token', refresh: 'Refresh the list', filters: 'Filters',
    search: 'Search by name', secret: 'That is a secret, not a name: it was not searched for.',
    allStatuses: 'Every status', application: 'Application', allApplications: 'Every application', sort: 'Order',
    newest: 'Newest first', oldest: 'Oldest first', empty: 'No tokens yet',
    'empty.text': 'Tokens that are created here or through the API appear in this list.', noMatch: 'Nothing found',
    'noMatch.text': 'No token matches these filters.', noMatchYet: 'Nothing found so far',
    searchedBack: 'All tokens that were created since {time} have been searched.',
    searchedOn: 'All tokens that were created until {time} have been searched.', searchOn: 'Continue the search', clear: 'Clear the filters', pages: 'Pages', prev: 'Previous',
    next: 'Next',
  },
  leak: {
    leaked: 'Leaked', replaced: 'Leaked, being replaced', suspected: 'Suspected leak', lastUsedFrom: 'last used from {address}',
  },
  reporter: {
    ANYBODY: 'anybody', GITHUB: 'GitHub', GITLAB: 'GitLab', HOLDER: 'its holder', SUSPICION: 'suspicion', PREDECESSOR: 'its predecessor’s leak',
  },
  reaction: {
    RENEW: 'replaced', DEACTIVATE: 'deactivated', NOTIFY: 'nothing changed',
  },
  renewal: {
    every: { one: 'every day', other: 'every {count} days' },
    none: 'no renewal', off: 'off', renewed: 'Renewed', pull: 'by pull', unfetched: 'Not fetched yet',
  },
  pending: {
    open: 'Pending, attempt {attempt}', redeemBy: 'redeem by', lapsed: 'Attempt {attempt} not redeemed',
    next: 'next callback', failing: 'Callback failing',
  },
  action: {
    copy: 'Copy', edit: 'Edit', renew: 'Renew', deactivate: 'Deactivate', test: 'Send test callback',
    rotate: 'Rotate signing secret', start: 'Start renewal now', for: '{action}: {name}',
  },
  field: {
    status: 'Status', age: 'Age', commands: 'Actions',
    name: 'Name', description: 'Description', rights: 'Rights', applications: 'Applications', expires: 'Expires on',
    'expires.hint': 'The end of this day. Leave empty for never.',
    everyDays: 'Auto renewal every x days',
    'everyDays.hint': 'Days from the creation. Leave empty for none.',
    recipient: 'Renewal mail recipient', 'recipient.hint': 'Is told of renewals and of what goes wrong.',
    pull: 'Renewal by pull', 'pull.yes': 'The client fetches its successor',
    'pull.hint': 'For a client that cannot be called: it asks when its renewal is due. With a callback, whichever comes first counts; a mail alone is for strings that people copy.',
    callback: 'Callback URL', 'callback.hint': 'Is sent a request token to redeem for the renewed token.', created: 'Created',
    changed: 'Changed', lastUse: 'Last used', leak: 'Reported as leaked by', id: 'Token id', series: 'Series id', version: 'Version',
    autoRenewal: 'Auto renewal', renewal: 'Next renewal', renewedFrom: 'Renewed from', renewedBy: 'Renewed by',
  },
  multiselect: {
    none: 'Choose …',
  },
  create: {
    title: 'Create personal access token', submit: 'Create', done: 'Token created',
  },
  edit: {
    title: 'Edit {name}', intro: 'Name, rights, applications and expiry of a token never change.', submit: 'Save',
    done: 'Saved',
  },
  secret: {
    token: 'Token string', 'token.hint': 'What a client sends. Keep it as safe as a password.',
    signingSecret: 'Signing secret', 'signingSecret.hint': 'Verifies callbacks. It is shown only this once.',
    done: 'Done',
  },
  copied: {
    done: 'Copied to the clipboard', title: 'Copy {name}',
  },
  renew: {
    title: 'Renew {name}',
    intro: 'Creates a new token with the same rights and applications. Auto renewal goes on with the new one.',
    end: 'End date of the existing token', 'end.hint': 'Until then both tokens are valid.', now: 'Now',
    day: 'In 24 hours', week: 'In 7 days', name: 'Name of the new token', submit: 'Renew', done: 'Token renewed',
  },
  deactivate: {
    title: 'Deactivate {name}', intro: 'This cannot be undone. Whoever uses this token is refused from now on.',
    type: 'Type the name to confirm: {name}', submit: 'Deactivate', done: 'Deactivated',
  },
  test: {
    title: 'Test callback of {name}', good: 'The receiver has accepted the callback.',
    bad: 'The callback was not accepted.',
    hint: 'Its request token can be redeemed for this token’s own string, to rehearse the whole way. Nothing is renewed.',
  },
  rotate: {
    title: 'Rotate signing secret of {name}',
    intro: 'Callbacks are signed with the new secret at once, and with the old one too for another 24 hours.',
    submit: 'Rotate', done: 'Signing secret rotated',
  },
  start: {
    title: 'Start renewal of {name}',
    callback: 'A request token is sent to the callback URL within a minute, instead of on the planned day.',
    pull: 'The client can fetch the successor at once, instead of on the planned day.',
    mail: 'The token is renewed within a minute, instead of on the planned day.', submit: 'Start',
    done: 'The renewal is due now',
  },
  detail: {
    refresh: 'Refresh', actions: 'Actions', settings: 'Token', renewal: 'Renewal', series: 'Series',
    callbacks: 'Callback log', activities: 'Activities', predecessor: 'Predecessor', successor: 'Successor',
    notUsable: 'A token that has ended can’t be copied.',
    readOnly: 'Copying needs a management token with the right to write.', needsAdmin: 'Copying needs the role Administrator.', gone: 'No such token',
    'gone.text': 'It may have been removed: records of ended tokens are kept for a limited time.',
  },
  series: {
    valid: 'valid', overlap: 'both valid', requestToken: 'request token redeemable (2 hours)', now: 'now', openEnd: 'without end',
    'overlap.until': 'Both valid from {from} to {to}', 'requestToken.window': 'Attempt {attempt}: redeemable from {from} to {to}',
    earlier: 'Earlier tokens',
  },
  log: {
    at: 'Time', what: 'Attempt', outcome: 'Outcome', duration: 'Duration', lastTry: 'Last try',
    attempt: 'attempt {attempt}, try {number}', unused: 'successor unused', test: 'test', success: 'accepted', failure: 'failed',
    milliseconds: '{count} ms', more: 'Show more', empty: 'No callback has been sent yet.',
    reached: 'Nothing more since {time}.',
  },
  errorClass: {
    timeout: 'no answer in time', connection: 'no connection', tls: 'TLS failed',
    'blocked-address': 'address not allowed', redirect: 'redirect not followed', status: 'refused',
    'too-large': 'answer too large', unknown: 'unknown',
  },
  activities: {
    empty: 'Nothing has happened yet.', attempt: 'attempt {attempt}', unused: 'the successor was never used', leaked: 'the string leaked', anotherAddress: 'to another address',
  },
  activity: {
    CREATED: 'Created', UPDATED: 'Edited', COPIED: 'Copied', DEACTIVATED: 'Deactivated',
    RENEWED_BY_REDEMPTION: 'Renewed by redemption', RENEWED_BY_PULL: 'Renewed by pull', RENEWAL_UNFETCHED: 'Successor not fetched', RENEWED_BY_SCHEDULE: 'Renewed by the schedule',
    RENEWED_BY_HAND: 'Renewed by hand', RENEWAL_REQUESTED: 'Request token issued', RENEWAL_UNREDEEMED: 'Request token not redeemed',
    CALLBACK_TRIED: 'Callback sent', CALLBACK_TEST_REQUESTED: 'Test callback asked for',
    CALLBACK_TESTED: 'Test callback sent', HANDED_OVER: 'Token string given out again', RENEWAL_STARTED: 'Renewal started by hand',
    LEAKED: 'Reported as leaked', LEAK_SUSPECTED: 'Renewal started after a suspected leak', SIGNING_SECRET_ROTATED: 'Signing secret rotated', EXPIRY_ANNOUNCED: 'Expiry announced', EXPIRED: 'Expired',
    OVERLAP_ENDING: 'End of the overlap announced', MAIL_REFUSED: 'Mail refused for good',
    MAIL_OVER_LIMIT: 'Mail not sent: daily limit',
    SIGNED_IN: 'Signed in', SIGN_IN_REFUSED: 'Sign-in refused',
    UNKNOWN: 'Something that a later version did',
  },
  actor: {
    SCHEDULE: 'Schedule', OPERATOR: 'Operator', UNKNOWN: 'Unknown', self: 'this management token', token: 'management token',
  },
  state: {
    loading: 'Loading …', failed: 'That did not work', offline: 'No connection', again: 'Try again',
  },
  problem: {
    UNREACHABLE: 'Keyturn could not be reached. Nothing is lost; check the connection and try again.',
    UNEXPECTED: 'Keyturn gave an answer that this page does not understand.',
    UNAVAILABLE: 'Keyturn can’t answer at the moment. Nothing is lost; try again in a moment.',
    READ_ONLY_TOKEN: 'The management token has no right to write.', OUTLIVES_CALLER: 'Your management token expires; it may not create, renew or give out one that is valid for longer.', NOT_FOUND: 'There is no such token any more.',
    VERSION_MISMATCH: 'Somebody else has changed the token meanwhile. Close this, look again and repeat your change.',
    ALREADY_RENEWED: 'The token has been renewed already.', EXPIRED: 'The token has expired.',
    DEACTIVATED: 'The token has been deactivated.', NO_AUTO_RENEWAL: 'The token has no auto renewal.',
    NO_CALLBACK: 'The token has no callback.', NOT_COPYABLE: 'Token strings can’t be copied in this deployment.',
    UNAUTHENTICATED: 'The management token is no longer valid.', ROLE_MISSING: 'Your role does not allow this.',
    SIGN_IN_TOO_OLD: 'This needs a recent sign-in.', CROSS_SITE: 'The browser does not say that this page sent the request. Use a current browser.',
    TOKEN_NEEDED: 'This needs an API access token.', SESSION_NEEDED: 'This needs a session.',
  },

  // The API's validation errors are already in English.
  validationErrors: {},
};
