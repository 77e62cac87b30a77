import { describePath } from '../describe-path.ts';
import { SignerFault } from '../signer-fault.ts';
import { CKF_OS_LOCKING_OK, CKR, type Cryptoki, returnValueOf } from './cryptoki.ts';

/** A loaded PKCS#11 library, shared by all signers of this process that use it. */
export interface Pkcs11Module {
  readonly cryptoki: Cryptoki;
  /** After CKR_CRYPTOKI_NOT_INITIALIZED: something else in this process has ended the library. */
  initialize(): void;
  /** Work of the library on another thread. While there is any the library is not restarted. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Ends the library and begins anew, because some forget a token for good when it was away once. All signers lose
   * their sessions by it, and open them again. false: not now; a call is under way, or it was done less than
   * five seconds ago.
   */
  restart(nowMs: number): boolean;
  /** The last one ends the library. */
  release(): void;
}

interface Loaded {
  readonly cryptoki: Cryptoki;
  users: number;
  busy: number;
  restartedAtMs: number;
  /** Whoever initialised the library ends it. */
  ours: boolean;
}

const RESTART_INTERVAL_MS = 5_000;

// C_Initialize is once per process and library (PKCS#11 section 5.4), so this cannot be the state of one signer.
const loaded = new Map<string, Loaded>();

/** Throws a `SignerFault`: `pkcs11js_missing`, `pkcs11_module_unusable`. */
export async function useModule(path: string): Promise<Pkcs11Module> {
  const Library = await importPkcs11Js();
  const module = loaded.get(path) ?? load(path, new Library());
  loaded.set(path, module);
  module.users += 1;
  let released = false;
  return {
    cryptoki: module.cryptoki,
    initialize: () => initialize(module),
    during: async (work) => {
      module.busy += 1;
      try {
        return await work();
      } finally {
        module.busy -= 1;
      }
    },
    restart: (nowMs) => restart(module, nowMs),
    release: () => {
      if (released) return;
      released = true;
      module.users -= 1;
      if (module.users === 0) unload(path, module);
    },
  };
}

async function importPkcs11Js(): Promise<new () => Cryptoki> {
  // As a variable, so that neither the compiler nor a bundler insists on a package that may not be there.
  const name: string = 'pkcs11js';
  try {
    const imported = (await import(name)) as { readonly default: { readonly PKCS11: new () => Cryptoki } };
    return imported.default.PKCS11;
  } catch {
    throw new SignerFault(
      'pkcs11js_missing',
      'the optional package pkcs11js is not there or was not compiled; install again on a machine with make, python3, a C++ compiler and the headers of Node, or use a key file or vault:',
    );
  }
}

function load(path: string, cryptoki: Cryptoki): Loaded {
  const module: Loaded = {
    cryptoki,
    users: 0,
    busy: 0,
    restartedAtMs: Number.NEGATIVE_INFINITY,
    ours: false,
  };
  try {
    cryptoki.load(path);
  } catch {
    throw new SignerFault(
      'pkcs11_module_unusable',
      `${describePath(path)} cannot be loaded as a PKCS#11 library; is it there, of this machine's kind, and readable?`,
    );
  }
  try {
    initialize(module);
  } catch (error) {
    cryptoki.close();
    const value = returnValueOf(error)?.toString(16) ?? 'unknown';
    throw new SignerFault(
      'pkcs11_module_unusable',
      `${describePath(path)} does not start (CKR 0x${value}); look at its own configuration, such as SOFTHSM2_CONF`,
    );
  }
  return module;
}

function initialize(module: Loaded): void {
  try {
    // The library is called from the threads of the pool.
    module.cryptoki.C_Initialize({ flags: CKF_OS_LOCKING_OK });
    module.ours = true;
  } catch (error) {
    if (returnValueOf(error) !== CKR.CRYPTOKI_ALREADY_INITIALIZED) throw error;
  }
}

function restart(module: Loaded, nowMs: number): boolean {
  // C_Finalize while another thread is in the library is undefined (PKCS#11 section 5.4).
  if (module.busy > 0 || !module.ours || nowMs - module.restartedAtMs < RESTART_INTERVAL_MS) return false;
  module.restartedAtMs = nowMs;
  module.cryptoki.C_Finalize();
  initialize(module);
  return true;
}

function unload(path: string, module: Loaded): void {
  loaded.delete(path);
  try {
    if (module.ours) module.cryptoki.C_Finalize();
  } catch {
    // Ended already, by whoever else is in this process.
  }
  module.cryptoki.close();
}
