//! The table of defects: variant, name, requirement, requirements that break too, room, mistake.

/// Describes one seeded defect for listings and for the mutation run.
#[derive(Clone, Copy, Debug)]
pub struct DefectSpecification {
    /// The variant this entry describes.
    pub defect: Defect,
    /// Kebab-case name, as typed on a command line.
    pub name: &'static str,
    /// Id of the requirement that a check must see violated.
    pub requirement: &'static str,
    /// Ids of requirements that inevitably break too.
    pub also: &'static [&'static str],
    /// Room of the agent in which the decision is made.
    pub area: &'static str,
    /// What the mistaken agent does, as a sentence.
    pub summary: &'static str,
}

macro_rules! defects {
    ($($variant:ident $name:literal $requirement:literal [$($also:literal)*] $area:literal $summary:literal;)*) => {
        /// Names one seeded mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Defect {
            $(#[doc = $summary] $variant,)*
        }

        const ALL: &[DefectSpecification] = &[
            $(DefectSpecification {
                defect: Defect::$variant,
                name: $name,
                requirement: $requirement,
                also: &[$($also),*],
                area: $area,
                summary: $summary,
            },)*
        ];
    };
}

defects! {
    RegisterOnce "register-once" "REG-012" ["RST-004"] "register"
        "Gives up after the first register attempt.";
    DiesOnBadAnswer "dies-on-bad-answer" "REG-011" [] "register"
        "Exits when register is answered with a 5xx or with something that is not JSON.";
    StormOn401 "storm-on-401" "REG-017" ["TOK-016" "RST-003"] "register"
        "Repeats a register refused with 401 at once, 200 times.";
    NullBecomesText "null-becomes-text" "REG-018" ["REG-006" "REG-008" "REG-010"] "register"
        "Takes a JSON null for the credential `null`.";
    RegistersOtherPort "registers-other-port" "ENV-008" ["REG-004" "A2A-001" "A2A-013"] "register"
        "Registers a port where nothing listens.";
    DiesWhenUnwritable "dies-when-unwritable" "RST-006" ["RST-011" "REG-013" "TOK-009"] "register"
        "Exits when a delivered credential cannot be stored.";
    TokenFailureLosesSecret "token-failure-loses-secret" "REG-013" [] "register"
        "Does not store the secret when the token could not be stored.";
    StartsWithoutWorkspace "starts-without-workspace" "ENV-001" ["REG-003" "HB-003" "ENV-013"] "register"
        "Starts although `WORKSPACE_ID` is missing or blank.";
    BindsLoopback "binds-loopback" "ENV-007" [] "register"
        "Listens at 127.0.0.1 only.";
    RegisterStrict "register-strict" "REG-014" [] "register"
        "Takes nothing from an answer to register that has a field it does not know.";
    RegisterUnbounded "register-unbounded" "REG-016" [] "register"
        "Waits for the answer to register without limit.";
    RegistersNameless "registers-nameless" "REG-015" [] "register"
        "Registers a card without a name.";
    RegistersBare "registers-bare" "RST-008" ["TOK-018"] "register"
        "Shows no token at a register until it was refused for that.";

    BearerNone "bearer-none" "REG-006" ["REG-001" "TOK-007"] "token"
        "Sends `Bearer None` while it has no token.";
    TokenNotPersisted "token-not-persisted" "REG-007" ["TOK-001" "TOK-014" "RST-001" "RST-002" "RST-005" "ENV-004" "REG-013"] "token"
        "Keeps a delivered token in memory only.";
    TokenDroppedWhenOmitted "token-dropped-when-omitted" "REG-008" ["RST-001" "RST-010" "HB-004"] "token"
        "Forgets its token when the register answer has none.";
    TokenWorldReadable "token-world-readable" "TOK-003" ["TOK-004" "TOK-005"] "token"
        "Creates the token file with mode 0644.";
    TokenWithNewline "token-with-newline" "TOK-002" [] "token"
        "Ends the token file with a newline.";
    TokenWhitespaceKept "token-whitespace-kept" "TOK-008" ["TOK-007"] "token"
        "Uses the token file without stripping it.";
    TokenParentMissing "token-parent-missing" "TOK-013" ["SEC-008" "TOK-001" "REG-007" "TOK-014"] "token"
        "Does not create the directory of the credential files.";
    TokenRewritten "token-rewritten" "TOK-010" [] "token"
        "Rewrites the token file when the same token is delivered again.";
    EnvironmentIgnored "environment-ignored" "ENV-009" ["ENV-010" "TOK-019" "REG-005"] "token"
        "Does not read `MOLECULE_WORKSPACE_TOKEN`.";
    EnvironmentFirst "environment-first" "TOK-018" [] "token"
        "Prefers `MOLECULE_WORKSPACE_TOKEN` to the token file.";
    NeverRereads "never-rereads" "TOK-015" ["TOK-017" "TOK-019" "RST-009" "HB-007"] "token"
        "Keeps a refused token instead of reading the file again.";
    DiesOnOddTokenFile "dies-on-odd-token-file" "TOK-009" [] "token"
        "Exits when the token file is there but cannot be read.";
    TokenInUrl "token-in-url" "TOK-022" [] "token"
        "Adds the token to the query of every platform request.";
    TokenPrinted "token-printed" "ENV-012" [] "token"
        "Prints a delivered token on stderr.";
    SecondFilePlace "second-file-place" "ENV-004" ["ENV-006" "TOK-001" "SEC-001" "TOK-014" "RST-001"] "token"
        "Keeps the credential files next to config.yaml.";
    TokenInPlace "token-in-place" "TOK-006" ["TOK-005" "TOK-020"] "token"
        "Truncates the token file and writes it in place.";
    TokenBrieflyReadable "token-briefly-readable" "TOK-004" ["TOK-003" "TOK-006" "TOK-020"] "token"
        "Writes the token file in place and narrows its mode afterwards.";
    TokenTemporaryReadable "token-temporary-readable" "TOK-004" [] "token"
        "Writes the token into a temporary file that others may read, and narrows it before the rename.";
    TokenFixedTemporary "token-fixed-temporary" "TOK-020" ["TOK-003" "TOK-004"] "token"
        "Opens a temporary file of the token under a fixed name, whatever is there.";
    TokenRemovedFirst "token-removed-first" "TOK-006" [] "token"
        "Removes the token file before the new one is renamed to its name.";
    TokenWrittenOnce "token-written-once" "TOK-002" [] "token"
        "Takes a short write of the token for a whole one.";
    LeftoversKept "leftovers-kept" "SEC-004" [] "token"
        "Does not remove at boot what a crash left of writing the credential files.";
    DiesOnEmptyToken "dies-on-empty-token" "RST-005" [] "token"
        "Exits when the token file is empty.";
    UnstorableTokenDropped "unstorable-token-dropped" "RST-011" [] "token"
        "Forgets a delivered token that could not be stored.";
    VanishedFileIgnored "vanished-file-ignored" "TOK-012" [] "token"
        "Does not store a token that it already has in memory.";
    StaleFileShadows "stale-file-shadows" "TOK-019" [] "token"
        "Never tries the environment while there is a token file.";
    TokenInvented "token-invented" "RST-003" ["RST-004"] "token"
        "Makes up a token when register is refused and it has none.";
    BlankTokenStored "blank-token-stored" "TOK-011" [] "token"
        "Empties the token file when a blank token is delivered.";
    DiesOnLeftovers "dies-on-leftovers" "RST-005" [] "token"
        "Exits when a crash left a temporary file behind.";

    KeepsFirstSecret "keeps-first-secret" "REG-009" ["SEC-002" "SEC-003" "SEC-006" "HB-014"] "secret"
        "Does not replace a stored secret.";
    SecretDeletedWhenOmitted "secret-deleted-when-omitted" "REG-010" [] "secret"
        "Deletes the stored secret when the register answer has none.";
    SecretWorldReadable "secret-world-readable" "SEC-002" ["SEC-005"] "secret"
        "Creates the secret file with mode 0644.";
    SecretLeavesTemporary "secret-leaves-temporary" "SEC-004" [] "secret"
        "Leaves a temporary copy beside the secret file.";
    SecretWithNewline "secret-with-newline" "SEC-001" [] "secret"
        "Ends the secret file with a newline.";
    SecretCached "secret-cached" "SEC-006" ["REG-009" "HB-014"] "secret"
        "Compares with the first secret it ever read.";
    SecretAbsenceCached "secret-absence-cached" "SEC-016" ["SEC-006" "SEC-020"] "secret"
        "Remembers that there was no secret file.";
    SecretEchoed "secret-echoed" "SEC-018" [] "secret"
        "Repeats the secret in the answer to an upload.";
    SecretInPlace "secret-in-place" "SEC-003" ["SEC-002"] "secret"
        "Truncates the secret file and writes it in place.";
    SecretNarrowedLate "secret-narrowed-late" "SEC-002" ["SEC-005"] "secret"
        "Narrows the mode of the secret file after the rename.";
    SecretTemporaryReadable "secret-temporary-readable" "SEC-002" ["SEC-005"] "secret"
        "Writes the secret into a temporary file that others may read, and narrows it before the rename.";
    SecretFixedTemporary "secret-fixed-temporary" "SEC-005" ["SEC-002"] "secret"
        "Opens a temporary file of the secret under a fixed name, whatever is there.";
    SecretRemovedFirst "secret-removed-first" "SEC-003" [] "secret"
        "Removes the secret file before the new one is renamed to its name.";
    SecretCopied "secret-copied" "SEC-003" ["SEC-002"] "secret"
        "Copies the secret from a temporary file instead of renaming it.";
    SecretWrittenOnce "secret-written-once" "SEC-001" [] "secret"
        "Takes a short write of the secret for a whole one.";
    SecretTemporaryForgotten "secret-temporary-forgotten" "SEC-004" [] "secret"
        "Leaves the temporary file of the secret when the rename fails.";
    SecretInvented "secret-invented" "SEC-019" ["REG-010"] "secret"
        "Makes up a secret when the answer has none.";
    BlankSecretStored "blank-secret-stored" "SEC-007" [] "secret"
        "Empties the secret file when a blank secret is delivered.";

    GateOpen "gate-open" "SEC-009" ["SEC-010" "SEC-014" "SEC-019" "FILE-006"] "gate"
        "Lets everybody in while there is no usable secret.";
    GateEmptySecret "gate-empty-secret" "SEC-010" [] "gate"
        "Takes an empty secret file for a secret that `Bearer ` matches.";
    GateAnyCase "gate-any-case" "SEC-012" [] "gate"
        "Compares the scheme without case.";
    GatePrefix "gate-prefix" "SEC-012" [] "gate"
        "Accepts a header that merely starts with the right one.";
    GateTrims "gate-trims" "SEC-012" [] "gate"
        "Trims blanks between scheme and secret.";
    GateTakesToken "gate-takes-token" "SEC-011" [] "gate"
        "Accepts its own auth token on /internal routes.";
    GateDiesOnBytes "gate-dies-on-bytes" "SEC-013" [] "gate"
        "Answers 500 when the Authorization header is not ASCII.";
    GateAfterBody "gate-after-body" "SEC-015" [] "gate"
        "Reads the whole body before it looks at the bearer.";
    GateDiesOnSecret "gate-dies-on-secret" "SEC-014" ["SEC-010"] "gate"
        "Answers 500 when the secret file is not text.";
    TranscriptOpen "transcript-open" "TRN-001" ["TRN-002"] "gate"
        "Serves the transcript to everybody.";
    TranscriptTakesSecret "transcript-takes-secret" "TRN-002" [] "gate"
        "Accepts the inbound secret on /transcript.";
    TranscriptDates "transcript-dates" "TRN-004" [] "gate"
        "Accepts `since` and `limit` that are not integers.";
    TranscriptWithoutCursor "transcript-without-cursor" "TRN-003" [] "gate"
        "Leaves `cursor` out of the transcript.";

    NoOriginOnRegister "no-origin-on-register" "WAF-004" ["WAF-001"] "edge"
        "Registers without Origin.";
    NoOriginOnReads "no-origin-on-reads" "WAF-006" ["WAF-001"] "edge"
        "Reads peers, discovery, workspace and state without Origin.";
    NoOriginOnA2a "no-origin-on-a2a" "WAF-001" [] "edge"
        "Posts A2A messages without Origin.";
    OriginVerbatim "origin-verbatim" "WAF-003" ["WAF-002"] "edge"
        "Copies `PLATFORM_URL` into Origin as it stands.";
    HtmlAsData "html-as-data" "WAF-007" ["DISC-002"] "edge"
        "Takes an empty or HTML answer for data.";
    PlatformUrlVerbatim "platform-url-verbatim" "ENV-013" [] "edge"
        "Appends paths to `PLATFORM_URL` as it stands.";
    PatienceIgnored "patience-ignored" "WAF-008" ["A2A-046"] "edge"
        "Ignores Retry-After.";
    OrganisationEmpty "organisation-empty" "ENV-011" [] "edge"
        "Sends an empty X-Molecule-Org-Id.";

    NoSourceOnResults "no-source-on-results" "A2A-040" ["A2A-043"] "source"
        "Announces delegation results without X-Workspace-ID.";
    NoSourceOnInitialPrompt "no-source-on-initial-prompt" "A2A-040" ["INI-004" "A2A-043"] "source"
        "Sends the initial prompt without X-Workspace-ID.";
    NoSourceOnIdlePrompt "no-source-on-idle-prompt" "A2A-040" ["A2A-043"] "source"
        "Sends idle prompts without X-Workspace-ID.";
    NoSourceOnPeerMessage "no-source-on-peer-message" "A2A-040" ["A2A-043"] "source"
        "Sends peer messages without X-Workspace-ID.";
    SourcePrefixed "source-prefixed" "A2A-041" ["A2A-040" "DISC-001" "INI-004"] "source"
        "Sends `system:<id>` as X-Workspace-ID.";
    MessageWithoutBearer "message-without-bearer" "A2A-042" ["INI-004"] "source"
        "Posts A2A messages without its token.";
    DiscoveryAnonymous "discovery-anonymous" "DISC-001" [] "source"
        "Looks for peers without X-Workspace-ID.";
    PeerCalledDirectly "peer-called-directly" "A2A-048" ["TOK-021"] "source"
        "Discovers a peer and posts to it directly, bearer included.";
    QueuedTakenForAnswer "queued-taken-for-answer" "A2A-045" [] "source"
        "Reports the notice of queueing as the answer of the peer.";
    RefusedPeerRetried "refused-peer-retried" "A2A-047" [] "source"
        "Repeats a peer message that was refused with 403.";
    MessageIdReused "message-id-reused" "A2A-044" [] "source"
        "Sends all peer messages under one id.";
    FollowsRedirects "follows-redirects" "TOK-021" ["A2A-040"] "source"
        "Follows redirects of the platform anywhere, bearer included.";

    UploadNameRaw "upload-name-raw" "CHAT-005" ["CHAT-002"] "chat"
        "Replaces only path separators in the names of uploads.";
    UploadUnlimited "upload-unlimited" "CHAT-007" ["CHAT-011"] "chat"
        "Has no limit per file.";
    UploadOverwrites "upload-overwrites" "CHAT-006" ["CHAT-004"] "chat"
        "Stores uploads of one name in one place.";
    UploadBatchLeft "upload-batch-left" "CHAT-011" [] "chat"
        "Keeps the earlier files of a rejected batch.";
    UploadTextMangled "upload-text-mangled" "CHAT-003" [] "chat"
        "Stores uploads as text, replacing what is not UTF-8.";
    FileReadAnyRoot "file-read-any-root" "FILE-005" [] "chat"
        "Compares roots as text instead of segment by segment.";
    FileReadUnordered "file-read-unordered" "FILE-006" ["SEC-009"] "chat"
        "Checks the path before the bearer.";
    FileReadCredentials "file-read-credentials" "FILE-008" [] "chat"
        "Serves its own credential files.";
    FileReadFollowsLinks "file-read-follows-links" "FILE-004" [] "chat"
        "Serves what a symlink points to.";
    FileReadFollowsParents "file-read-follows-parents" "FILE-007" [] "chat"
        "Follows symlinked directories out of the roots.";
    UploadWorldReadable "upload-world-readable" "CHAT-004" [] "chat"
        "Stores uploads with mode 0644.";
    UploadNarrowedLate "upload-narrowed-late" "CHAT-004" [] "chat"
        "Stores uploads with mode 0644 and narrows them afterwards.";
    UploadReversed "upload-reversed" "CHAT-001" ["CHAT-005"] "chat"
        "Lists the files of an upload from the last to the first.";
    UploadLengthIgnored "upload-length-ignored" "CHAT-008" [] "chat"
        "Does not judge an upload by its announced length.";
    UploadReworded "upload-reworded" "CHAT-009" [] "chat"
        "Refuses a form without files in words of its own.";
    UploadDirectoryAtBoot "upload-directory-at-boot" "CHAT-010" [] "chat"
        "Makes the directory for uploads at boot only.";
    FileReadUnnamed "file-read-unnamed" "FILE-001" [] "chat"
        "Serves files without Content-Disposition.";
    FileReadOrder "file-read-order" "FILE-002" [] "chat"
        "Checks whether a path is canonical before it looks at its root.";
    FileReadMissingFails "file-read-missing-fails" "FILE-003" [] "chat"
        "Answers 500 for a file that is not there.";

    A2aErrorsAs500 "a2a-errors-as-500" "A2A-006" ["A2A-003" "A2A-007" "A2A-020"] "a2a"
        "Answers JSON-RPC errors with HTTP 500.";
    A2aKindOnly "a2a-kind-only" "A2A-005" [] "a2a"
        "Refuses parts that are not tagged `kind`.";
    A2aNewId "a2a-new-id" "A2A-003" [] "a2a"
        "Answers with an id of its own.";
    A2aNeedsBearer "a2a-needs-bearer" "A2A-002" ["A2A-001" "A2A-003" "A2A-004" "A2A-005" "A2A-006" "A2A-007"] "a2a"
        "Wants its auth token on POST /.";
    A2aRedone "a2a-redone" "A2A-016" [] "a2a"
        "Does the work of a redelivered message again.";
    A2aStrict "a2a-strict" "A2A-019" [] "a2a"
        "Refuses messages with metadata.";
    CardDiffers "card-differs" "CARD-001" [] "a2a"
        "Serves another card than it registered.";
    CardHidden "card-hidden" "A2A-011" ["CARD-001" "CARD-002"] "a2a"
        "Serves an empty card to whoever does not show its token.";
    CardUnknownTransport "card-unknown-transport" "CARD-002" [] "a2a"
        "Names a transport in its card that no client knows.";
    RepliesAsUser "replies-as-user" "A2A-008" [] "a2a"
        "Replies in the role of the user.";
    A2aRefusesFiles "a2a-refuses-files" "A2A-009" [] "a2a"
        "Refuses messages with file parts.";
    RedirectsReaders "redirects-readers" "A2A-017" [] "a2a"
        "Redirects GET / to its card.";

    HeartbeatStopsOnError "heartbeat-stops-on-error" "HB-005" [] "heartbeat"
        "Stops heartbeating after a 5xx or a transport error.";
    HeartbeatUnbounded "heartbeat-unbounded" "HB-013" ["HB-005"] "heartbeat"
        "Waits for the answer to a heartbeat without limit.";
    HeartbeatFloats "heartbeat-floats" "HB-003" [] "heartbeat"
        "Sends counters as floating point numbers.";
    HeartbeatBlockedByWork "heartbeat-blocked-by-work" "HB-006" ["HB-008" "A2A-014"] "heartbeat"
        "Does not heartbeat while a message is being handled.";
    HeartbeatSlow "heartbeat-slow" "HB-001" [] "heartbeat"
        "Beats at a fifth of the pace.";
    HeartbeatSecretIgnored "heartbeat-secret-ignored" "HB-014" [] "heartbeat"
        "Ignores a secret in the answer to a heartbeat.";
    WorkNotCounted "work-not-counted" "HB-008" [] "heartbeat"
        "Always reports that nothing runs.";
    HeartbeatLate "heartbeat-late" "HB-002" ["HB-006" "HB-008" "RST-011"] "heartbeat"
        "Begins to heartbeat ten and a half seconds after it registered.";
    HeartbeatStrict "heartbeat-strict" "HB-015" [] "heartbeat"
        "Stops heartbeating when an answer has a field that it does not know.";

    ForeignResultsTaken "foreign-results-taken" "DEL-001" [] "delegation"
        "Takes delegation results of other workspaces.";
    ResultsRepeated "results-repeated" "DEL-002" ["DEL-003"] "delegation"
        "Takes a delegation result again at every poll.";
    PeerTextEmbedded "peer-text-embedded" "DEL-004" [] "delegation"
        "Quotes the text of the peer in the message to itself.";
    ResultsReplayed "results-replayed" "DEL-003" [] "delegation"
        "Forgets over a restart which results it took.";
    SuppressedTriggerLost "suppressed-trigger-lost" "DEL-005" [] "delegation"
        "Drops results that come during the cool-down.";
    CooldownIgnored "cooldown-ignored" "A2A-049" [] "delegation"
        "Announces results as they come.";
    KnownDelegationFails "known-delegation-fails" "DEL-006" [] "delegation"
        "Takes an idempotent hit for a failure.";
    ReportForeignSource "report-foreign-source" "ACT-001" [] "delegation"
        "Reports activity in the name of another workspace.";
    NotifyWithoutMessage "notify-without-message" "ACT-004" [] "delegation"
        "Notifies the user in a field that does not exist.";
    ReportUnknownType "report-unknown-type" "ACT-002" [] "delegation"
        "Reports activity of a type that the platform does not know.";
    SummaryUncut "summary-uncut" "ACT-003" [] "delegation"
        "Reports summaries of any length.";

    PromptReplayed "prompt-replayed" "INI-002" [] "prompt"
        "Sends the initial prompt at every boot.";
    PromptBeforeMarker "prompt-before-marker" "INI-001" [] "prompt"
        "Writes the marker after the initial prompt was sent.";
    PromptUnbounded "prompt-unbounded" "INI-005" [] "prompt"
        "Repeats the initial prompt for ever, at a fixed pace.";
    PromptBeforeCard "prompt-before-card" "INI-003" [] "prompt"
        "Sends the initial prompt before it listens.";
    MarkerBesideCredentials "marker-beside-credentials" "ENV-006" [] "prompt"
        "Puts the marker of the initial prompt beside the credentials.";

    IgnoresSigterm "ignores-sigterm" "RST-007" ["HB-016"] "stop"
        "Goes on after SIGTERM.";
}

/// Lists every seeded defect.
pub fn all() -> &'static [DefectSpecification] {
    ALL
}
