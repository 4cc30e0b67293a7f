/** How a sandbox starts. */
export interface SandboxOptions {
  /** Options of the command `wix-sandbox`, such as `["--catalog", "v1", "--empty"]`. */
  args?: string[];
  /** The command; `wix-sandbox` by default. */
  command?: string;
}

/** Credentials that the sandbox accepts. */
export interface Credentials {
  /** Base URL of the sandbox. */
  api_url: string;
  api_key: string;
  site_id: string;
}

/** A request that the sandbox answered. */
export interface JournalEntry {
  method: string;
  path: string;
  /** Name of the endpoint, such as `products.query`; null for a path that Wix does not have. */
  operation: string | null;
  status: number;
}

/** A running sandbox. */
export interface Sandbox {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly credentials: Credentials;
  /** Restores the shop and the clock of the start, and forgets requests, faults and readings. */
  reset(): Promise<void>;
  /** Keeps the shop as it is under a name. */
  save(name: string): Promise<void>;
  /** Restores the shop that was saved under a name. */
  load(name: string): Promise<void>;
  /** The rows of one kind, such as `products`; of all kinds without a name. */
  state(): Promise<Record<string, Record<string, unknown>[]>>;
  state(kind: string): Promise<Record<string, unknown>[]>;
  /** Plans faults, such as `{ operation: "products.query", action: { status: 503 }, times: 2 }`. */
  faults(...faults: Record<string, unknown>[]): Promise<void>;
  /** The requests so far, oldest first. */
  journal(): Promise<JournalEntry[]>;
  /** Ends the process, and the redirection of `fetch` to this sandbox. */
  stop(): Promise<void>;
}

/**
 * Starts `wix-sandbox` on a free port of this machine.
 *
 * @throws if the command is missing, or ends before it answers; the message has its output.
 */
export function startSandbox(options?: SandboxOptions): Promise<Sandbox>;

/**
 * Sends the calls of Wix's client to a sandbox: it replaces the global `fetch`. Calls of hosts of `wixapis.com` go to the
 * sandbox, those of this machine where they were meant to go, and all others throw, so that no key leaves a test.
 *
 * @param url Base URL of the sandbox, as of one that runs in a container.
 * @returns a function that undoes it.
 */
export function redirectWix(url: string): () => void;
