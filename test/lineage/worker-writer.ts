import { workerData } from "node:worker_threads";
import { type JournalHandover, openJournal } from "../../runtime/lineage/index.js";
import { recordCall } from "./sample-run.js";

/** A worker that takes a run over, records some calls and ends without closing anything, as a killed one does. */
const { handover, calls } = workerData as { handover: JournalHandover; calls: number };
const journal = openJournal(handover);
for (let counter = 0; counter < calls; counter++) recordCall(journal, counter);
