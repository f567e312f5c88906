// German texts.

export const de = {
  copy: 'Kopieren', close: 'Schließen', cancel: 'Abbrechen', yes: 'ja', no: 'nein', none: 'keine Angabe',
  never: 'nie', neverUsed: 'nie benutzt',
  header: {
    skip: 'Zum Inhalt springen', signOut: 'Abmelden', signedIn: 'Angemeldet mit {name}', readOnly: 'Nur lesen',
  },
  signin: {
    title: 'Bei Keyturn anmelden', lead: 'API-Zugriffstoken und wie sie sich selbst erneuern.',
    token: 'Verwaltungstoken',
    hint: 'Ein Token für die Anwendung API_ACCESS_TOKENS. Es wird nur in diesem Browser-Tab behalten.',
    submit: 'Anmelden', malformed: 'Das ist keine Token-Zeichenkette: sie beginnt mit kat_ und hat 75 Zeichen.',
    unknown: 'Dieses Token ist nicht bekannt.', ended: 'Dieses Token ist nicht mehr gültig.',
    cannotManage: 'Dieses Token gilt nicht für die Anwendung API_ACCESS_TOKENS.',
  },
  status: {
    ACTIVE: 'Aktiv', EXPIRED: 'Abgelaufen', DEACTIVATED: 'Deaktiviert',
  },
  rights: {
    READ: 'Lesen', READ_WRITE: 'Lesen und schreiben',
  },
  age: {
    days: { one: '{days} Tag', other: '{days} Tage' },
    ORANGE: 'älter als 6 Monate', RED: 'älter als 1 Jahr',
  },
  list: {
    shown: { other: '{count} Token angezeigt' },
    title: 'Persönliche Zugriffstoken', create: 'Token erstellen', refresh: 'Liste aktualisieren', filters: 'Filter',
    search: 'Nach Namen suchen', secret: 'Das ist ein Geheimnis, kein Name: es wurde nicht danach gesucht.', allStatuses: 'Jeder Status', application: 'Anwendung', allApplications: 'Jede Anwendung',
    sort: 'Reihenfolge', newest: 'Neueste zuerst', oldest: 'Älteste zuerst', empty: 'Noch keine Token',
    'empty.text': 'Token, die hier oder über die API erstellt werden, erscheinen in dieser Liste.',
    noMatch: 'Nichts gefunden', 'noMatch.text': 'Kein Token passt zu diesen Filtern.', clear: 'Filter aufheben',
    pages: 'Seiten', prev: 'Zurück', next: 'Weiter',
  },
  renewal: {
    every: { one: 'jeden Tag', other: 'alle {count} Tage' },
    none: 'keine Erneuerung', off: 'aus', renewed: 'Erneuert',
  },
  pending: {
    open: 'Läuft, {attempt}. Versuch', redeemBy: 'einzulösen bis',
    lapsed: '{attempt}. Versuch nicht eingelöst', next: 'nächster Callback', failing: 'Callback schlägt fehl',
  },
  action: {
    copy: 'Kopieren', edit: 'Bearbeiten', renew: 'Erneuern', deactivate: 'Deaktivieren',
    test: 'Test-Callback senden', rotate: 'Signaturgeheimnis wechseln', start: 'Jetzt erneuern lassen',
    for: '{action}: {name}',
  },
  field: {
    status: 'Status', age: 'Alter', commands: 'Aktionen',
    name: 'Name', description: 'Beschreibung', rights: 'Rechte', applications: 'Anwendungen', expires: 'Läuft ab am',
    'expires.hint': 'Am Ende dieses Tages. Leer heißt nie.',
    everyDays: 'Automatisch erneuern alle x Tage',
    'everyDays.hint': 'Tage ab der Erstellung. Leer heißt nicht.',
    recipient: 'Empfänger der Erneuerungsmails',
    'recipient.hint': 'Erfährt von Erneuerungen und davon, was schiefgeht.', callback: 'Callback-URL',
    'callback.hint': 'Bekommt ein Request-Token, das für das erneuerte Token eingelöst wird.', created: 'Erstellt',
    changed: 'Geändert', lastUse: 'Zuletzt benutzt', id: 'Token-ID', series: 'Serien-ID', version: 'Version',
    autoRenewal: 'Automatische Erneuerung', renewal: 'Nächste Erneuerung', renewedFrom: 'Erneuert aus',
    renewedBy: 'Erneuert durch',
  },
  multiselect: {
    none: 'Auswählen …',
  },
  create: {
    title: 'Persönliches Zugriffstoken erstellen', submit: 'Erstellen', done: 'Token erstellt',
  },
  edit: {
    title: '{name} bearbeiten', intro: 'Name, Rechte, Anwendungen und Ablauf eines Tokens ändern sich nie.',
    submit: 'Speichern', done: 'Gespeichert',
  },
  secret: {
    token: 'Token-Zeichenkette', 'token.hint': 'Was ein Client sendet. So sicher zu verwahren wie ein Passwort.',
    signingSecret: 'Signaturgeheimnis',
    'signingSecret.hint': 'Damit werden Callbacks geprüft. Es wird nur dieses eine Mal gezeigt.', done: 'Fertig',
  },
  copied: {
    done: 'In die Zwischenablage kopiert', title: '{name} kopieren',
  },
  renew: {
    title: '{name} erneuern',
    intro: 'Erstellt ein neues Token mit denselben Rechten und Anwendungen. Die automatische Erneuerung geht auf das neue über.',
    end: 'Enddatum des bestehenden Tokens', 'end.hint': 'Bis dahin sind beide Token gültig.', now: 'Jetzt',
    day: 'In 24 Stunden', week: 'In 7 Tagen', name: 'Name des neuen Tokens', submit: 'Erneuern',
    done: 'Token erneuert',
  },
  deactivate: {
    title: '{name} deaktivieren',
    intro: 'Das lässt sich nicht rückgängig machen. Wer dieses Token benutzt, wird ab sofort abgewiesen.',
    type: 'Zur Bestätigung den Namen eingeben: {name}', submit: 'Deaktivieren', done: 'Deaktiviert',
  },
  test: {
    title: 'Test-Callback von {name}', good: 'Der Empfänger hat den Callback angenommen.',
    bad: 'Der Callback wurde nicht angenommen.',
    hint: 'Sein Request-Token kann für die eigene Zeichenkette dieses Tokens eingelöst werden, um den ganzen Weg zu proben. Erneuert wird nichts.',
  },
  rotate: {
    title: 'Signaturgeheimnis von {name} wechseln',
    intro: 'Callbacks werden sofort mit dem neuen Geheimnis signiert und 24 Stunden lang auch mit dem alten.',
    submit: 'Wechseln', done: 'Signaturgeheimnis gewechselt',
  },
  start: {
    title: '{name} jetzt erneuern lassen',
    callback: 'Binnen einer Minute geht ein Request-Token an die Callback-URL, statt erst am geplanten Tag.',
    mail: 'Das Token wird binnen einer Minute erneuert, statt erst am geplanten Tag.', submit: 'Starten',
    done: 'Die Erneuerung ist jetzt fällig',
  },
  detail: {
    refresh: 'Aktualisieren', actions: 'Aktionen', settings: 'Token', renewal: 'Erneuerung', series: 'Serie',
    callbacks: 'Callback-Protokoll', activities: 'Aktivitäten', predecessor: 'Vorgänger', successor: 'Nachfolger',
    notUsable: 'Ein beendetes Token kann nicht kopiert werden.',
    readOnly: 'Zum Kopieren muss das Verwaltungstoken schreiben dürfen.', gone: 'Dieses Token gibt es nicht',
    'gone.text': 'Vielleicht wurde es entfernt: beendete Token werden nur eine begrenzte Zeit aufbewahrt.',
  },
  series: {
    valid: 'gültig', overlap: 'beide gültig', requestToken: 'Request-Token einlösbar (2 Stunden)', now: 'jetzt',
    openEnd: 'ohne Ende', 'overlap.until': 'Beide gültig vom {from} bis {to}',
    'requestToken.window': '{attempt}. Versuch: einlösbar vom {from} bis {to}', earlier: 'Frühere Token',
  },
  log: {
    at: 'Zeit', what: 'Versuch', outcome: 'Ergebnis', duration: 'Dauer', lastTry: 'Letzter Anlauf',
    attempt: '{attempt}. Versuch, {number}. Anlauf', test: 'Test', success: 'angenommen', failure: 'fehlgeschlagen',
    milliseconds: '{count} ms', more: 'Mehr zeigen', empty: 'Es wurde noch kein Callback gesendet.',
  },
  errorClass: {
    timeout: 'keine Antwort in der Zeit', connection: 'keine Verbindung', tls: 'TLS gescheitert',
    'blocked-address': 'Adresse nicht erlaubt', redirect: 'Weiterleitung nicht befolgt', status: 'abgelehnt',
    'too-large': 'Antwort zu groß', unknown: 'unbekannt',
  },
  activities: {
    empty: 'Es ist noch nichts geschehen.', attempt: '{attempt}. Versuch',
  },
  activity: {
    CREATED: 'Erstellt', UPDATED: 'Bearbeitet', COPIED: 'Kopiert', DEACTIVATED: 'Deaktiviert',
    RENEWED_BY_REDEMPTION: 'Durch Einlösung erneuert', RENEWED_BY_SCHEDULE: 'Nach Zeitplan erneuert',
    RENEWED_BY_HAND: 'Von Hand erneuert', RENEWAL_REQUESTED: 'Request-Token ausgegeben',
    RENEWAL_UNREDEEMED: 'Request-Token nicht eingelöst', CALLBACK_TRIED: 'Callback gesendet',
    CALLBACK_TEST_REQUESTED: 'Test-Callback verlangt', CALLBACK_TESTED: 'Test-Callback gesendet',
    HANDED_OVER: 'Zeichenkette erneut ausgegeben', RENEWAL_STARTED: 'Erneuerung von Hand gestartet', SIGNING_SECRET_ROTATED: 'Signaturgeheimnis gewechselt',
    EXPIRY_ANNOUNCED: 'Ablauf angekündigt', EXPIRED: 'Abgelaufen',
    OVERLAP_ENDING: 'Ende der Überlappung angekündigt', MAIL_REFUSED: 'Mail endgültig abgewiesen',
    UNKNOWN: 'Etwas, das eine neuere Version getan hat',
  },
  actor: {
    SCHEDULE: 'Zeitplan', OPERATOR: 'Betreiber', UNKNOWN: 'Unbekannt', self: 'dieses Verwaltungstoken', token: 'Verwaltungstoken',
  },
  state: {
    loading: 'Wird geladen …', failed: 'Das hat nicht geklappt', offline: 'Keine Verbindung',
    again: 'Noch einmal versuchen',
  },
  problem: {
    UNREACHABLE: 'Keyturn war nicht zu erreichen. Nichts ist verloren; bitte die Verbindung prüfen und noch einmal versuchen.',
    UNEXPECTED: 'Keyturn hat etwas geantwortet, das diese Seite nicht versteht.',
    UNAVAILABLE: 'Keyturn kann gerade nicht antworten. Nichts ist verloren; bitte gleich noch einmal versuchen.',
    READ_ONLY_TOKEN: 'Das Verwaltungstoken darf nicht schreiben.', OUTLIVES_CALLER: 'Ihr Verwaltungstoken läuft ab; es darf keines erstellen, erneuern oder ausgeben, das länger gilt.', NOT_FOUND: 'Dieses Token gibt es nicht mehr.',
    VERSION_MISMATCH: 'Jemand anderes hat das Token inzwischen geändert. Bitte schließen, neu ansehen und die Änderung wiederholen.',
    ALREADY_RENEWED: 'Das Token ist bereits erneuert worden.', EXPIRED: 'Das Token ist abgelaufen.',
    DEACTIVATED: 'Das Token ist deaktiviert worden.', NO_AUTO_RENEWAL: 'Das Token erneuert sich nicht automatisch.',
    NO_CALLBACK: 'Das Token hat keinen Callback.',
    NOT_COPYABLE: 'In dieser Installation können Token nicht kopiert werden.',
    UNAUTHENTICATED: 'Das Verwaltungstoken ist nicht mehr gültig.',
  },

  // By the codes of the API's validation errors. The numbers are limits of the contract, which a test compares.
  validationErrors: {
    REQUIRED: 'fehlt',
    REQUIRED_WITH_CALLBACK: 'fehlt: ein Callback wirkt nur zusammen mit automatischer Erneuerung',
    CALLBACK_REQUIRED: 'fehlt: Token können in dieser Installation nicht kopiert werden',
    UNREACHABLE_RENEWAL: 'braucht eine Callback-URL oder einen Mailempfänger, sonst bekäme niemand das neue Token',
    NOT_IN_FUTURE: 'muss in der Zukunft liegen', MUST_BE_NOW_OR_LATER: 'darf nicht in der Vergangenheit liegen',
    MUST_NOT_BE_AFTER_EXPIRY: 'darf nicht nach dem jetzigen Ablauf des Tokens liegen',
    RENEWAL_TOO_LATE: 'muss mindestens 48 Stunden vor dem Ablauf liegen',
    OUT_OF_RANGE: 'muss zwischen 1 und 3650 liegen', NOT_AN_INTEGER: 'muss eine ganze Zahl sein',
    LENGTH_OUT_OF_RANGE: 'muss 1 bis 100 Zeichen haben', TOO_LONG: 'darf höchstens 1000 Zeichen haben',
    CONTROL_CHARACTERS: 'darf keine Steuerzeichen enthalten',
    INVALID_MAIL_ADDRESS: 'muss eine Mailadresse sein wie ops@example.com',
    INVALID_URL: 'muss eine URL sein wie https://example.com/renewals', HTTPS_REQUIRED: 'muss mit https:// beginnen',
    URL_HAS_CREDENTIALS: 'darf weder Benutzernamen noch Passwort enthalten',
    URL_HAS_FRAGMENT: 'darf keinen Teil nach # enthalten',
    HOST_NOT_PUBLIC: 'muss auf einen öffentlich erreichbaren Rechner zeigen',
  },
};
