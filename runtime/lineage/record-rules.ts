import type { JsonObject, OutcomeBody, StoredRecord } from "./types.js";

/** Host calls are synchronous, so that one is open at a time; the bound keeps a forged log from filling memory. */
const mostOpenCalls = 4096;

/**
 * What holds between the records of a run: numbers and hashes chain, genesis is first, every outcome has its
 * intent and no other outcome, and a seal is last and counts what is before it.
 */
export class RecordRules {
  #next = 0;
  #head: Uint8Array = new Uint8Array(32);
  #sealed = false;
  readonly #openCalls = new Set<number>();

  /** For a run of which so many records are known to be in order, without a seal among them. */
  static after(records: number, head: Uint8Array): RecordRules {
    const rules = new RecordRules();
    rules.#next = records;
    rules.#head = head;
    return rules;
  }

  /** Number of the record that would come next. */
  get next(): number {
    return this.#next;
  }

  /** Hash of the last record. */
  get head(): Uint8Array {
    return this.#head;
  }

  get sealed(): boolean {
    return this.#sealed;
  }

  /** Takes the next record; a string says which rule it breaks, and then the run ends there. */
  check(record: StoredRecord): string | undefined {
    const broken = this.#checkChain(record) ?? this.#checkKind(record);
    if (broken !== undefined) return broken;
    this.#next++;
    this.#head = record.hash;
    return undefined;
  }

  #checkChain(record: StoredRecord): string | undefined {
    if (this.#sealed) return "a record follows the seal";
    if (record.sequence !== this.#next) {
      return `the record's number is ${record.sequence} where ${this.#next} should be: a record is missing, repeated or moved`;
    }
    if (Buffer.compare(record.previous, this.#head) !== 0) {
      return "the record does not carry the hash of the one before it";
    }
    return undefined;
  }

  #checkKind(record: StoredRecord): string | undefined {
    if ((record.kind === "genesis") !== (record.sequence === 0)) {
      return record.kind === "genesis" ? "a second genesis" : "the first record is not genesis";
    }
    if (record.kind === "intent") return this.#checkIntent(record.sequence);
    if (record.kind === "outcome") return this.#checkOutcome(record.body);
    if (record.kind === "seal") return this.#checkSeal(record.sequence, record.body);
    return undefined;
  }

  #checkIntent(sequence: number): string | undefined {
    this.#openCalls.add(sequence);
    return this.#openCalls.size > mostOpenCalls ? "too many calls without an outcome" : undefined;
  }

  #checkOutcome({ intent }: OutcomeBody): string | undefined {
    if (this.#openCalls.delete(intent)) return undefined;
    return `record ${intent} is not a call that waits for an outcome`;
  }

  #checkSeal(sequence: number, body: JsonObject): string | undefined {
    this.#sealed = true;
    if (body["records"] !== sequence) return "the seal counts another number of records";
    if (body["head"] !== Buffer.from(this.#head).toString("hex")) return "the seal names another head";
    return undefined;
  }
}
