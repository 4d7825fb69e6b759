"""The checks of the server and of the database. What should be there is read from the files that make it."""

import re

from checks.site import ROOT, Check, Skip, Wrong, reason

MIGRATIONS = '\n'.join(path.read_text(encoding='utf-8')
                       for path in sorted((ROOT / 'deploy/database/migrations').glob('*.sql')))
KOREAN = '요금조회'

# Where the server listens and keeps its files differs from place to place; the time zone has a line of its own.
NOT_COMPARED = re.compile(r'listen_addresses|port|unix_socket_\w+|ssl_\w+_file|timezone|include\w*', re.I)
UNITS = {'B': 1, 'kB': 2**10, 'MB': 2**20, 'GB': 2**30, 'TB': 2**40,
         'us': 1e-6, 'ms': 1e-3, 's': 1, 'min': 60, 'h': 3600, 'd': 86400}
WORDS = {'true': 'on', 'yes': 'on', 'false': 'off', 'no': 'off'}

OWN_TIME_ZONES = """
SELECT setting, coalesce(rolname, '(any)'), coalesce(datname, '(any)')
  FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS setting
  LEFT JOIN pg_roles r ON r.oid = setrole LEFT JOIN pg_database d ON d.oid = setdatabase
 WHERE setting ILIKE 'timezone=%'"""

TABLES_WITHOUT_TRIGGER = """
SELECT c.relname || ' has none' FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'updated_at'
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT EXISTS (
       SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'touch_updated_at' AND t.tgenabled IN ('O', 'A'))"""

WEAK_PASSWORDS = """
SELECT format('pg_hba.conf line %s: %s', line_number, coalesce(error, type || ' by ' || auth_method))
  FROM pg_hba_file_rules
 WHERE error IS NOT NULL OR type LIKE 'host%' AND auth_method NOT IN ('scram-sha-256', 'reject')
 UNION ALL SELECT rolname || ' has an md5 password' FROM pg_authid WHERE rolpassword LIKE 'md5%'"""

SUPERUSERS = "SELECT rolname || ' is a superuser' FROM pg_roles WHERE rolsuper AND rolname <> 'postgres'"

WRONG_ROLES = """
SELECT name || CASE WHEN r.oid IS NULL THEN ' is missing'
                    WHEN rolcanlogin <> logs_in THEN CASE WHEN logs_in THEN ' may not log in' ELSE ' may log in' END
                    WHEN rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls THEN ' may do too much'
                    WHEN name = 'pgvigil' AND NOT pg_has_role(r.oid, 'pg_monitor', 'member') THEN ' is not in pg_monitor'
                    WHEN name = 'pgvigil' AND rolconnlimit < 1 THEN ' has no connection limit'
                    WHEN name = 'billing_app' AND NOT rolsuper AND has_schema_privilege(r.oid, 'public', 'CREATE')
                    THEN ' may create tables' END
  FROM (VALUES ('billing_owner', false), ('billing_app', true), ('pgvigil', true), ('billing_backup', true))
       AS e (name, logs_in) LEFT JOIN pg_roles r ON rolname = name"""

READ_BY_EXPORTER = """
SELECT 'there is no role pgvigil' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgvigil')
 UNION ALL SELECT 'pgvigil reads ' || c.oid::regclass FROM pg_roles r CROSS JOIN pg_class c
 WHERE rolname = 'pgvigil' AND relkind IN ('r', 'p') AND relnamespace::regnamespace::text IN ('public', 'cache', 'audit')
   AND has_any_column_privilege(r.oid, c.oid, 'SELECT')"""


def conf_settings(text):
    """{name: value} of a postgresql.conf."""
    found = re.findall(r"^\s*([\w.]+)\s*=?\s*('(?:[^']|'')*'|[^\s#']+)", text, re.M)
    return {name.lower(): value.strip("'").replace("''", "'") for name, value in found}


def amount(text, unit):
    """A setting's value in a form that compares: '256MB' and '32768' of unit '8kB' are the same."""
    number = re.fullmatch(r'(-?[\d.]+)\s*([A-Za-z]*)', text)
    if not number:
        return WORDS.get(text.lower(), text.lower())
    count, base = re.fullmatch(r'(\d*)(\w*)', number[2] or unit).groups()
    return float(number[1]) * int(count or 1) * UNITS.get(base, 1)


def server(site):
    if site.objects and site.objects.error:
        raise Skip('the cluster does not answer')
    if site.server_error:
        raise Wrong(site.server_error)
    return 'accepts connections'


def login(site):
    if site.server_error:
        raise Skip('the server accepts no connections')
    if site.login_error:
        raise Wrong(site.login_error)
    return 'as {} to {}'.format(*site.rows('SELECT current_user, current_database()')[0])


def over_socket(site):
    return site.rows('SELECT inet_server_addr() IS NULL') == [['t']]


def tls(site):
    if over_socket(site):
        raise Skip('logged in over the socket')
    version, cipher = site.rows('SELECT version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()')[0]
    if version not in ('TLSv1.2', 'TLSv1.3'):
        raise Wrong(f'this session uses {version or "none"}')
    return f'{version}, {cipher}'


def plaintext(site):
    """Tried without a password: none may cross the network in the open, nor is there any need."""
    if over_socket(site):
        raise Skip('logged in over the socket')
    tried = site.psql('SELECT 1', "sslmode=disable gssencmode=disable password='' passfile=/nonexistent")
    if not tried.returncode or 'password' in reason(tried):
        raise Wrong('a connection without TLS is not refused')
    if not re.search('no encryption|SSL off', reason(tried)):
        raise Skip(reason(tried))
    return 'refused by pg_hba.conf'


def version(site):
    number, text = site.rows("SELECT current_setting('server_version_num'), split_part(version(), ' ', 2)")[0]
    if not 14 <= int(number) // 10000 <= 18:
        raise Wrong(text)
    return text + (', which gets no fixes since November 2026' if number.startswith('14') else '')


def settings(site):
    """What a new session of this role gets, of all that it may see."""
    rows = site.rows('SELECT name, reset_val, unit, current_setting(name), coalesce(sourcefile, source) FROM pg_settings')
    wanted = conf_settings(site.conf) | (site.objects.options() if site.objects else {})
    wanted = {name: value for name, value in wanted.items() if not NOT_COMPARED.fullmatch(name)}
    seen = {name.lower(): rest for name, *rest in rows}
    wrong = []
    for name in wanted.keys() & seen.keys():
        value, (actual, unit, shown, source) = wanted[name], seen[name]
        listed = name == 'shared_preload_libraries' and set(re.split('[ ,]+', value)) <= set(re.split('[ ,]+', actual))
        if not listed and amount(value, unit) != amount(actual, unit):
            wrong.append(f'{name} is {shown} by {source}, not {value}')
    if wrong:
        raise Wrong('; '.join(sorted(wrong)))
    hidden = len(wanted.keys() - seen.keys())
    return f'{len(wanted) - hidden} as in postgresql.conf' + (f', {hidden} not visible to this role' if hidden else '')


def time_zone(site):
    wanted = conf_settings(site.conf)['timezone']
    (seen,), = site.rows("SELECT reset_val FROM pg_settings WHERE name = 'TimeZone'")
    wrong = [f'role {role} in database {database} has {setting}'
             for setting, role, database in site.rows(OWN_TIME_ZONES) if setting.partition('=')[2] != wanted]
    if wrong or seen != wanted:
        raise Wrong('; '.join(wrong) or f'a new session has {seen}, not {wanted}')
    return f'a new session has {seen}'


def korean(site):
    text, length, encoding = site.rows(f"SELECT '{KOREAN}', char_length('{KOREAN}'), getdatabaseencoding()")[0]
    if (text, length, encoding) != (KOREAN, str(len(KOREAN)), 'UTF8'):
        raise Wrong(f'{KOREAN} comes back as {text}, {length} characters of {encoding}')
    return f'{text} comes back as it was sent, {encoding}'


def statements(site):
    return f'{site.rows("SELECT count(*) FROM public.pg_stat_statements")[0][0]} statements'


def backup(site):
    alerts = (ROOT / 'alerts/pgvigil.rules.yml').read_text(encoding='utf-8')
    oldest = int(re.search(r'kind="backup"} >= (\d+)', alerts)[1])
    found = site.rows('SELECT kind, succeeded, extract(epoch FROM now() - success_at)::bigint, pg_size_pretty(size_bytes)'
                      ' FROM audit.backup_last ORDER BY kind')
    wrong = [f'the last {kind} failed' for kind, succeeded, _, _ in found if succeeded != 't']
    wrong += [f'the last good backup is {int(age) // 3600} h old' for kind, _, age, _ in found
              if kind == 'backup' and age and int(age) >= oldest]
    if wrong:
        raise Wrong('; '.join(wrong))
    if not found:
        raise Skip('none has run yet')
    return '; '.join(f'{kind} {int(age) // 3600} h ago{size and ", " + size}' for kind, _, age, size in found)


def all_of(sql, pattern, what):
    """Whether everything is there that the migrations make: the names that `pattern` finds in them, `sql` in the database."""
    def look(site):
        wanted = set(re.findall(pattern, MIGRATIONS))
        missing = wanted - {row[0] for row in site.rows(sql)}
        if missing:
            raise Wrong(f'missing: {", ".join(sorted(missing))}')
        return f'{len(wanted)} {what}'
    return look


def none_of(sql, seen):
    """Whether a query that lists what is wrong finds nothing."""
    def look(site):
        wrong = [row[0] for row in site.rows(sql) if row[0]]
        if wrong:
            raise Wrong('; '.join(wrong))
        return seen
    return look


NEW = r'(?:IF NOT EXISTS )?'
CHECKS = (
    Check('server', server, 'it accepts connections', 'PostgresDown'),
    Check('login', login, 'this dsn logs in', 'ConnectionFailed'),
    Check('version', version, 'PostgreSQL 14 to 18', 'Routine'),
    Check('TLS', tls, 'sessions use TLS 1.2 or later', 'ConnectionFailed'),
    Check('plaintext', plaintext, 'pg_hba.conf has hostssl lines only, none with host or hostnossl', 'ConnectionFailed'),
    Check('passwords', none_of(WEAK_PASSWORDS, 'scram-sha-256 only'), 'scram-sha-256 for all', 'ConnectionFailed'),
    Check('settings', settings, 'as in deploy/database/postgresql.conf and the options of the container', 'Slow'),
    Check('time zone', time_zone, 'the one of postgresql.conf for every new session', 'InitFailed'),
    Check('Korean text', korean, 'a database in UTF8', 'InitFailed'),
    Check('extensions', all_of('SELECT extname FROM pg_extension', rf'CREATE EXTENSION {NEW}"?([\w-]+)', 'extensions'),
          'all that the migrations create', 'InitFailed'),
    Check('pg_stat_statements', statements, 'it is in shared_preload_libraries and can be read', 'InitFailed'),
    Check('schemas', all_of('SELECT nspname FROM pg_namespace', rf'CREATE SCHEMA {NEW}(\w+)', 'besides public'),
          'all that the migrations create', 'InitFailed'),
    Check('tables', all_of("SELECT schemaname || '.' || tablename FROM pg_tables",
                           rf'CREATE TABLE {NEW}(public\.\w+)', 'tables'),
          'all that the migrations create', 'InitFailed'),
    Check('indexes', all_of('SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indisvalid',
                            rf'CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?{NEW}(\w+)', 'indexes'),
          'all that the migrations create, and valid', 'InitFailed'),
    Check('triggers', none_of(TABLES_WITHOUT_TRIGGER, 'one on every table with updated_at'),
          'touch_updated_at on every table with updated_at', 'InitFailed'),
    Check('default rows', all_of('SELECT config_key FROM public.system_config', r"(?m)^    \('([\w.]+)',",
                                 'of system_config'), 'every setting of the service', 'InitFailed'),
    Check('superusers', none_of(SUPERUSERS, 'postgres alone'), 'postgres alone', 'InitFailed'),
    Check('roles', none_of(WRONG_ROLES, 'owner, application, exporter, backup'), 'as in deploy/database/roles.sql',
          'InitFailed'),
    Check('exporter role', none_of(READ_BY_EXPORTER, 'sees no row of a table'), 'it sees statistics and sums', 'InitFailed'),
    Check('backup', backup, 'a good one of the last day', 'PostgresBackupOld'),
)
