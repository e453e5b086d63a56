import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.mjs';

/**
 * A thing the machine must have. `apt` (one or several), `dnf` and `brew` are the
 * packages that bring it; present() says whether it is there.
 * @typedef {{ what: string, present: () => boolean, apt: string, dnf?: string, brew?: string }} Tool
 */

/** @type {Record<string, Tool>} */
const tools = {
  'redis-server': {
    what: 'Redis (or set REDIS_URL)',
    present: () => hasCommand('redis-server'),
    apt: 'redis-server',
    dnf: 'redis',
    brew: 'redis',
  },
  ffmpeg: { what: 'ffmpeg', present: () => hasCommand('ffmpeg'), apt: 'ffmpeg', dnf: 'ffmpeg-free', brew: 'ffmpeg' },
  chromium: {
    what: 'Chromium (or set CHROMIUM_BIN)',
    present: () => chromium(process.env) !== undefined,
    apt: 'chromium',
    dnf: 'chromium',
    brew: '--cask chromium',
  },
  coturn: { what: 'coturn', present: () => hasCommand('turnserver'), apt: 'coturn', dnf: 'coturn', brew: 'coturn' },
  gstreamer: {
    what: 'GStreamer with webrtcbin, and its bindings for Python',
    present: hasGstreamer,
    apt: 'gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-nice gir1.2-gst-plugins-bad-1.0 python3-gi',
    dnf: 'gstreamer1-plugins-good gstreamer1-plugins-bad-free gstreamer1-plugin-openh264 libnice-gstreamer1 python3-gobject',
    brew: 'gstreamer pygobject3',
  },
  'cjk-font': { what: 'a Chinese font', present: hasChineseFont, apt: 'fonts-noto-cjk fontconfig', dnf: 'google-noto-sans-cjk-fonts' },
};

/**
 * Installs through apt-get what is missing, as root or with a sudo that asks nothing.
 * @param {string[]} names of `tools`
 * @param {(line: string) => void} report
 * @throws one message with everything that is missing and the command for it
 */
export async function demandTools(names, report) {
  await demand(
    names.flatMap((name) => tools[name] ?? []).filter((tool) => process.env.REDIS_URL === undefined || tool !== tools['redis-server']),
    report,
  );
}

/**
 * @param {Tool[]} wanted
 * @param {(line: string) => void} report
 */
export async function demand(wanted, report) {
  const missing = wanted.filter((tool) => !tool.present());
  if (missing.length === 0) return;
  let fault = '';
  const prefix = hasCommand('apt-get') ? privilege() : undefined;
  if (prefix) {
    const packages = missing.flatMap((tool) => tool.apt.split(' '));
    report(`installing ${packages.join(', ')}`);
    await aptInstall(prefix, packages).catch((error) => {
      fault = `\n\n${error.message}`;
    });
  }
  const still = wanted.filter((tool) => !tool.present());
  if (still.length === 0) return;
  throw new Error(
    `Missing on this machine, and not installed by itself${prefix ? '' : ' (no apt-get, or neither root nor a sudo without password)'}:\n${still
      .map((tool) => `  - ${tool.what}: ${commandFor(tool)}`)
      .join('\n')}${fault}`,
  );
}

/**
 * @param {string[]} prefix
 * @param {string[]} packages
 */
async function aptInstall(prefix, packages) {
  const apt = (/** @type {string[]} */ ...args) => {
    const [command = '', ...rest] = [
      ...prefix,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-qq',
      '-o',
      'DPkg::Lock::Timeout=300',
      ...args,
    ];
    return runCommand(command, rest);
  };
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  if (!hasAptLists()) await apt('update');
  // Old lists name package versions that the archive no longer has.
  await install().catch(async () => {
    await apt('update').catch(() => undefined);
    await install();
  });
}

function hasAptLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  } catch {
    return false;
  }
}

/** What goes before a command that needs root; undefined when we may not. */
function privilege() {
  if (process.getuid?.() === 0) return [];
  return hasCommand('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

/** @param {Tool} tool */
function commandFor(tool) {
  if (process.platform === 'darwin' && tool.brew) return `brew install ${tool.brew}`;
  if (!hasCommand('apt-get') && hasCommand('dnf') && tool.dnf) return `sudo dnf install ${tool.dnf}`;
  return `sudo apt-get install ${tool.apt}`;
}

/** @param {string} name */
export function hasCommand(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, name)));
}

/**
 * The browser of the end-to-end tests.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function chromium(env) {
  const places = [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  return env.CHROMIUM_BIN ?? places.find(isExecutable);
}

/** The Python that has the system's bindings: another one may come first on the path. */
export const systemPython = () => process.env.SYSTEM_PYTHON ?? ['/usr/bin/python3'].find(isExecutable) ?? 'python3';

/** An encoder and a player that others wrote, for the tests of WHIP and WHEP. */
function hasGstreamer() {
  const check = `import gi
gi.require_version('GstWebRTC', '1.0')
from gi.repository import Gst, GstSdp, GstWebRTC
Gst.init(None)
assert all(Gst.ElementFactory.find(name) for name in ('webrtcbin', 'nicesrc', 'dtlsenc', 'openh264enc', 'rtph264pay', 'opusenc'))`;
  return spawnSync(systemPython(), ['-c', check], { stdio: 'ignore' }).status === 0;
}

/** The demo's picture and the pages' screenshots draw Chinese. */
function hasChineseFont() {
  if (process.platform === 'darwin') return true;
  // fontconfig's fc-match tells ffmpeg which font that is.
  if (!hasCommand('fc-match')) return false;
  if (existsSync('/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc')) return true;
  return spawnSync('fc-list', [':lang=zh', 'family'], { encoding: 'utf8' }).stdout.trim() !== '';
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
