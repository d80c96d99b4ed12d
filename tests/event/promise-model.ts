/** What a client is told, as far as the promise says it. */
export interface Told {
  type: string;
  file: number | null;
  version: number | null;
}

/** One change as the log has it. */
interface Happening {
  type: string;
  file: number;
  version: number;
  before: string;
  after: string;
  grantee: string | null;
  /** Whose own it was before, or is after it, besides its owner's. */
  sharers: Map<string, { had: boolean; has: boolean }>;
  /** Changes of one transaction, told as one. */
  isBulk: boolean;
}

interface ModelFile {
  owner: string;
  version: number;
  isArchived: boolean;
  /** Who has borrowed it. */
  borrowers: Set<string>;
  coOwners: Set<string>;
}

interface ModelClient {
  isConnected: boolean;
  isEmployed: boolean;
  /** Happenings up to here are told. */
  place: number;
  told: Told[];
}

/**
 * The promise as a model: files, who may see them, what happened, and what each follower of their own files has been
 * told. Plain lists, no log and no clock.
 */
export class PromiseModel {
  readonly files: ModelFile[];
  readonly clients: Map<string, ModelClient>;
  readonly #happened: Happening[] = [];

  constructor(owners: string[], names: string[]) {
    this.files = owners.map((owner) => ({
      owner,
      version: 1,
      isArchived: false,
      borrowers: new Set(),
      coOwners: new Set(),
    }));
    this.clients = new Map(
      names.map((name) => [name, { isConnected: true, isEmployed: true, place: 0, told: [] }]),
    );
  }

  /** A change of a file, or of something in it. */
  change(file: number, type: string): void {
    this.#happen(file, type);
  }

  bulk(file: number, rows: number): void {
    this.#happen(file, 'BULK_CHANGED', { isBulk: true }, rows);
  }

  reassign(file: number, to: string): void {
    const { owner, coOwners } = this.files[file]!;
    this.files[file]!.owner = to;
    const wasCoOwner = coOwners.delete(to);
    this.#happen(file, 'OWNER_CHANGED', { before: owner });
    if (wasCoOwner) this.#turn(file, 'CO_OWNER_REMOVED', to);
  }

  share(file: number, to: string): void {
    this.#turn(file, 'CO_OWNER_ADDED', to);
    this.files[file]!.coOwners.add(to);
  }

  unshare(file: number, from: string): void {
    this.files[file]!.coOwners.delete(from);
    this.#turn(file, 'CO_OWNER_REMOVED', from);
  }

  lend(file: number, to: string): void {
    this.files[file]!.borrowers.add(to);
    this.#happen(file, 'ACCESS_GRANTED', { grantee: to });
  }

  recall(file: number, from: string): void {
    this.files[file]!.borrowers.delete(from);
    this.#happen(file, 'ACCESS_ENDED', { grantee: from });
  }

  /** Everybody who is connected has been told of everything so far. */
  deliver(): void {
    for (const [name, client] of this.clients) {
      if (!client.isConnected) continue;
      for (const happening of this.#happened.slice(client.place)) {
        const told = this.#tell(name, happening);
        if (told) client.told.push(told);
      }
      client.place = this.#happened.length;
    }
  }

  #turn(file: number, type: 'CO_OWNER_ADDED' | 'CO_OWNER_REMOVED', name: string): void {
    const has = type === 'CO_OWNER_ADDED';
    const { coOwners } = this.files[file]!;
    this.#happen(file, type, { sharers: new Map([...sharersOf(coOwners), [name, { had: !has, has }]]) });
  }

  #happen(file: number, type: string, more: Partial<Happening> = {}, versions = 1): void {
    const now = this.files[file]!;
    now.version += versions;
    this.#happened.push({
      type,
      file,
      version: now.version,
      before: now.owner,
      after: now.owner,
      grantee: null,
      sharers: sharersOf(now.coOwners),
      isBulk: false,
      ...more,
    });
  }

  /** By the rights of the moment of telling. */
  #tell(
    name: string,
    { type, file, version, before, after, grantee, sharers, isBulk }: Happening,
  ): Told | null {
    const { owner, borrowers, coOwners } = this.files[file]!;
    const sees = owner === name || borrowers.has(name) || coOwners.has(name);
    const ended = { type: 'ACCESS_ENDED', file, version: null };
    if (grantee !== null) {
      if (grantee !== name) return null;
      if (!sees) return type === 'ACCESS_ENDED' ? ended : null;
      return { type: type === 'ACCESS_GRANTED' ? 'ACCESS_GAINED' : 'ACCESS_CHANGED', file, version };
    }
    const had = before === name || sharers.get(name)?.had;
    const has = after === name || sharers.get(name)?.has;
    if (had && !has) return ended;
    if (!has) return null;
    if (isBulk) return { type, file: null, version: null };
    if (!sees) return null;
    return { type: had ? type : 'ACCESS_GAINED', file, version };
  }
}

const sharersOf = (coOwners: Set<string>) =>
  new Map([...coOwners].map((name) => [name, { had: true, has: true }]));
