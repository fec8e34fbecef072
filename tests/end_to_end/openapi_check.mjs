// Says whether the OpenAPI document of the file is valid, and of which version; the packages are in
// the folder that NPM_FOLDER names.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.NPM_FOLDER}/`);
const { Validator } = await import(
  pathToFileURL(require.resolve("@seriousme/openapi-schema-validator")).href
);
const validator = new Validator();
const result = await validator.validate(JSON.parse(readFileSync(process.argv[2], "utf8")));
console.log(validator.version, result.valid ? "valid" : JSON.stringify(result.errors, null, 1));
process.exit(result.valid ? 0 : 1);
