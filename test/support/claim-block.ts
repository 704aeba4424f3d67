import { claimBlock } from "../../agent/seats/docker/network/block.ts";

/** An agent that claims addresses and ends; many of them are started together. */
const [machine = "", directory = "", pool = ""] = process.argv.slice(2);
console.log(JSON.stringify(claimBlock({ machine, directory }, pool, [])));
