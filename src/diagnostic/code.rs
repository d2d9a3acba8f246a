//! The stable names of problems, each with a longer explanation.

macro_rules! codes {
    ($($variant:ident $code:literal $explanation:literal)*) => {
        /// What kind of problem a diagnostic is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $explanation] $variant,)*
        }

        impl Code {
            /// Every code, in the order of this file.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in messages, in `explain` and in `tests/invalid/`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What `stackctl explain` prints.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $explanation,)* }
            }
        }
    };
}

codes! {
    Syntax "syntax"
"The text is not TOML, so nothing in it can be read for certain.

The caret stands where the parser could not go on; the mistake is there or just before. Common ones: a value
without quotes, a quote that is not closed, one table header written twice, one key written twice.

    name = domos          # wrong: text needs quotes
    name = \"domos\"        # right"

    UnknownKey "unknown-key"
"A key that stackctl does not know, here or at all.

Unknown keys are refused rather than ignored: a misspelt `read_only` that is quietly dropped would be a hole
nobody sees. `stackctl schema` lists every key; a key of the Compose specification that stackctl does not model
goes under `[services.NAME.compose]`."

    WrongType "wrong-type"
"The value has another type than the key takes: a number where text is needed, a table where a list is.

    memory = 256          # wrong: which unit?
    memory = \"256MB\"      # right"

    MissingKey "missing-key"
"A key without which the table means nothing.

The smallest valid file is a `[stack]` table with a `name` and one service with an `image`, `python` or
`dockerfile`."

    ConflictingKeys "conflicting-keys"
"Two keys that say different things about the same matter, such as `image` and `python` on one service, or
`health` and `healthcheck`. Keep the one you mean."

    InvalidName "invalid-name"
"A name that the system behind it would refuse or change: services are host names, volumes and stacks are names
in Compose, environment variables must be such that a shell can export them."

    IdentifierTooLong "identifier-too-long"
"A name over the limit of the system that receives it. PostgreSQL cuts identifiers at 63 bytes without an error,
so two long names could silently become one; a host name's label may have 63 bytes as well. Non-ASCII letters
count two bytes or more."

    ReservedName "reserved-name"
"A name that stackctl uses itself, such as the service `postgres` (that is the `[postgres]` table) or the schema
`pg_catalog`. Choose another."

    DuplicateName "duplicate-name"
"The same thing is listed twice, such as one schema or one target path."

    InvalidDuration "invalid-duration"
"A length of time is a whole number and a unit: `ms`, `s`, `m`, `h` or `d`, from large to small, each once.

    interval = \"30s\"
    stop_grace_period = \"1m30s\""

    InvalidSchedule "invalid-schedule"
"When a job runs: five fields, or a name for them.

    minute          0-59
    hour            0-23
    day of month    1-31
    month           1-12, or jan to dec
    day of week     0-7 (0 and 7 are Sunday), or sun to sat

A field is `*`, a value, a range `a-b`, either of `*` and a range with a step `/n`, or a list of those with commas. Where
the day of month and the day of week are both restricted, either is enough; a field that begins with `*` does not
count as restricted, also with a step.

    */5 * * * *         every five minutes
    30 2 * * mon-fri    at half past two on working days
    @daily              also @hourly @weekly @monthly @yearly, and @reboot: once when the agent starts
    @every 90s          an interval

Fields for seconds and years, and the signs `?`, `L`, `W` and `#` of other programs, are not part of the format."

    InvalidCrontab "invalid-crontab"
"A line of a crontab is a comment, a setting or a job.

    # a comment
    NAME = value                          for the jobs below it; quotes keep the spaces around a value
    CRON_TZ = Europe/Amsterdam            the time zone of the jobs below it
    # stackctl: name=report timeout=10m   directly above a job: its options
    */5 * * * * command                   five fields and a command; no user

A `%` in a command ends it, and what follows is its standard input, as cron has it; write `\\%` for the sign itself. A
backslash at the end of a line continues it on the next. `stackctl jobs check --help` says it all."

    InvalidSize "invalid-size"
"An amount of memory or disk is a whole number and a unit: `B`, `kB`, `MB`, `GB` or `TB`. Units are powers of 1024,
as in PostgreSQL and Docker.

    memory = \"512MB\""

    InvalidTimeZone "invalid-time-zone"
"The name is not in the IANA time zone database. Abbreviations such as `CET` shift with summer time in ways that
surprise; write the place, `Europe/Amsterdam`, or `UTC`."

    InvalidImage "invalid-image"
"An image reference is `name:tag`, with a registry before it where needed: `redis:7.4`,
`registry.example.com:5000/team/app:1.2`. Names are lower case and have no `https://`."

    InvalidPort "invalid-port"
"A port is a number from 1 to 65535; a published one is `HOST:CONTAINER` or `ADDRESS:HOST:CONTAINER`.

Without an address it listens on 127.0.0.1 only. To open it to other machines write the address:

    ports = [\"0.0.0.0:80:8000\"]"

    InvalidMount "invalid-mount"
"A volume is `SOURCE:/path` with `:ro` behind it where the container may only read. A source that starts with `./`,
`../` or `/` is a file or folder of the host; anything else is a named volume, made by the engine and kept by `down`."

    InvalidValue "invalid-value"
"The value is not among those that the key takes. The message names them or their form."

    UnknownReference "unknown-reference"
"A name that points to something the file does not have: a service in `depends_on`, a schema in `databases`, a
secret. The nearest name there is stands in the help."

    DependencyCycle "dependency-cycle"
"Services that wait for each other could never start. Remove one of the arrows named in the message; if two
services really need each other, let one of them retry instead of waiting."

    PortClash "port-clash"
"Two services want the same port of the host, so that only one of them could start. Give one of them another:

    ports = [\"9001:8001\"]      # 9001 on the host, 8001 in the container"

    VolumeClash "volume-clash"
"Two services write the same path of one volume or host folder, or one writes inside a folder that the other writes.
Programs that do not know of each other overwrite each other's files. Mount it `:ro` in all but one, or give each
its own volume. If they are made to share it, use a named volume and say so:

    [volumes.uploads]
    shared = true"

    ControlCharacter "control-character"
"The text holds a character that YAML, Compose or the kernel would drop or change on the way into the container:
NUL and the other control characters except tab and newline. Write such bytes in a file and mount it."

    SecretInClear "secret-in-clear"
"A password, token or key stands in stack.toml, which is committed, mailed and rendered. Name it under `[secrets]` and
give it to the service from there; stackctl keeps the value in a file of its own (0600) and out of `docker inspect`:

    [secrets]
    api_token = { file = \"secrets/api_token\" }

    [services.api.environment]
    API_TOKEN = { secret = \"api_token\" }

Where the text only looks like a secret, write it as `{ literal = \"…\" }`."

    SecretNeedsBuild "secret-needs-build"
"`{ secret = … }` puts a secret into an environment variable when the container starts. That takes an entrypoint of
ours, which only images that stackctl builds from `python` have. Most images read the path of a file instead:

    POSTGRES_PASSWORD_FILE = { secret_file = \"db_password\" }"

    MissingHealthcheck "missing-healthcheck"
"A long-running service without a check would count as healthy while it does nothing, and `up` would say that all is
well. Give it one of:

    port = 8000                                  # python services: the port must take connections
    health = \"/health\"                           # python services: GET must answer below 400
    healthcheck = { test = [\"CMD\", \"…\"] }        # any command that exits with 0
    healthcheck = { image = true }               # the check that the image brings
    healthcheck = { disable = true }             # none, knowingly
    one_shot = true                              # it runs once and ends"

    FileNotFound "file-not-found"
"A file or folder named in stack.toml is not there. Paths are relative to the folder of stack.toml."

    UnknownEnvironment "unknown-environment"
"`--env NAME` asks for a table `[environments.NAME]` which the file does not have."

    EnvironmentPortClash "environment-port-clash"
"The environment inherits a port of the host from the rest of the file. That is fine on two hosts and fails on one;
give the environment another port where both shall stand side by side:

    [environments.staging]
    services.api.port = \"9001:8001\"

The same port written in the environment's own table is taken as meant, and nothing more is said."

    UnpinnedImage "unpinned-image"
"The image has no tag, or `latest`: the next pull may bring another release, and two hosts may run different ones.
Write the release, `redis:7.4`, or a digest."
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_explained() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(
                Code::ALL[..index]
                    .iter()
                    .all(|other| other.as_str() != code.as_str()),
                "{code} stands twice"
            );
            assert!(code.explanation().len() > 60, "{code} is hardly explained");
        }
    }
}
