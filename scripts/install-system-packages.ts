/**
 * Installs the few Debian packages that some tests use, where they are missing and we may: as root on a
 * machine with apt-get. Elsewhere it says what is missing; the tests concerned are then skipped, and counted.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

interface SystemTool {
  /** What must be there: a program, or the absolute path of a file or directory. */
  readonly command: string;
  readonly debianPackage: string;
  readonly usedFor: string;
  /** For what is no command: a shell command that succeeds where it is installed. */
  readonly isThere?: string;
}

const TOOLS: readonly SystemTool[] = [
  {
    command: 'strace',
    debianPackage: 'strace',
    usedFor: 'the proof that the spool is synced before it acknowledges',
  },
  {
    command: 'python3',
    debianPackage: 'python3',
    usedFor: 'the comparison of canonical JSON with what deployed peers print',
  },
  {
    command: 'rsyslogd',
    debianPackage: 'rsyslog',
    usedFor: 'the delivery of audit entries to a real syslog server',
  },
  {
    command: 'lmnsd_gtls.so',
    debianPackage: 'rsyslog-gnutls',
    usedFor: 'the same, over TLS',
    isThere: 'ls /usr/lib/*/rsyslog/lmnsd_gtls.so',
  },
  { command: 'haproxy', debianPackage: 'haproxy', usedFor: 'the balancer of infra/haproxy' },
  {
    command: 'systemd-analyze',
    debianPackage: 'systemd',
    usedFor: 'the judgement of the units of infra/systemd',
  },
  {
    command: 'promtool',
    debianPackage: 'prometheus',
    usedFor: 'the judgement of the alerts of infra/prometheus',
  },
  { command: 'psql', debianPackage: 'postgresql-client', usedFor: 'the roles of infra/compose' },
  {
    command: 'pg_ctl',
    debianPackage: 'postgresql',
    usedFor: 'backup and restore as infra/postgres says, with the tools of a server',
    isThere: 'ls /usr/lib/postgresql/*/bin/pg_ctl || command -v pg_ctl',
  },
  { command: 'openssl', debianPackage: 'openssl', usedFor: 'the certificates of infra/compose' },
  { command: 'faketime', debianPackage: 'faketime', usedFor: 'the faults in which the clock jumps an hour' },
  { command: 'zsh', debianPackage: 'zsh', usedFor: 'the completion scripts in a real zsh' },
  { command: 'fish', debianPackage: 'fish', usedFor: 'the completion scripts in a real fish' },
  {
    command: '/usr/bin/softhsm2-util',
    debianPackage: 'softhsm2',
    usedFor: 'keys in a PKCS#11 token',
  },
  {
    command: 'chromium',
    debianPackage: 'chromium',
    usedFor: 'the console in a real browser',
  },
  {
    command: '/usr/share/fonts/truetype/liberation',
    debianPackage: 'fonts-liberation',
    usedFor: 'the same: text of a known width',
  },
  {
    command: 'go',
    debianPackage: 'golang-go',
    usedFor: 'the comparison of the transparency log with an implementation that is not ours',
  },
  {
    command: '/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog',
    debianPackage: 'golang-golang-x-mod-dev',
    usedFor: 'the same comparison',
  },
];

function isInstalled(command: string): boolean {
  if (command.startsWith('/')) return existsSync(command);
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}

function isPresent(tool: SystemTool): boolean {
  if (tool.isThere === undefined) return isInstalled(tool.command);
  return spawnSync('sh', ['-c', tool.isThere], { stdio: 'ignore' }).status === 0;
}

/** Never fails: a missing tool costs tests, not the run. */
export function installSystemPackages(): void {
  const missing = TOOLS.filter((tool) => !isPresent(tool));
  if (missing.length === 0) return;
  const mayInstall = process.getuid?.() === 0 && isInstalled('apt-get');
  if (mayInstall) {
    const names = missing.map((tool) => tool.debianPackage);
    console.log(`installing Debian packages: ${names.join(' ')}`);
    spawnSync('apt-get', ['update'], { stdio: 'ignore' });
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...names], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  for (const tool of missing.filter((each) => !isPresent(each))) {
    console.log(
      `${tool.command} is missing (Debian package ${tool.debianPackage}); it is used for ${tool.usedFor}.`,
    );
  }
}
