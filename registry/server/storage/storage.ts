import type { RepositoryName } from "../../manifest/names.js";
import type { RegistryLimits } from "../limits.js";
import { ContentStore } from "./content-store.js";
import type { Layout } from "./layout.js";
import { RepositoryIndex } from "./repository-index.js";
import { Serial } from "./serial.js";
import { UploadTable } from "./upload-table.js";

/** All that the endpoints work on. */
export class Storage {
  readonly content: ContentStore;
  readonly uploads: UploadTable;
  readonly #layout: Layout;
  readonly #serial = new Serial();

  constructor(layout: Layout, limits: RegistryLimits) {
    this.#layout = layout;
    this.content = new ContentStore(layout);
    this.uploads = new UploadTable(layout, limits);
  }

  /** For reading. */
  repository(name: RepositoryName): RepositoryIndex {
    return new RepositoryIndex(this.#layout, this.content, name);
  }

  /** For changing: no other change of this repository runs meanwhile. */
  async change<Result>(
    name: RepositoryName,
    task: (repository: RepositoryIndex) => Promise<Result>,
  ): Promise<Result> {
    return await this.#serial.run(name, () => task(this.repository(name)));
  }
}
