// Everything that apps do with OSS, done by the official JavaScript SDK `ali-oss`, and every refusal that they meet.

import "./about.mjs";
import "./names.mjs";
import "./objects.mjs";
import "./refusals.mjs";
import "./signed.mjs";
import "./uploads.mjs";
import { run } from "../checks.mjs";

await run();
