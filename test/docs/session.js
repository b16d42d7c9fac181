// Runs the JavaScript blocks of a page, one after the other in one scope, as node's own prompt does:
// with await at the top.
// Reads and prints what session.py does.
const repl = require("node:repl");
const readline = require("node:readline");
const { PassThrough } = require("node:stream");

const mark = process.argv[2];
const prompt = repl.start({ input: new PassThrough(), output: new PassThrough(), useGlobal: true });
const evaluate = (code, name) =>
  new Promise((resolve, reject) => {
    prompt.eval(code, prompt.context, name, (error) => (error ? reject(error) : resolve()));
  });

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const block = JSON.parse(line);
    Object.assign(process.env, block.environment);
    let verdict = "ok";
    try {
      await evaluate(block.code, block.name);
    } catch (error) {
      console.log(error);
      verdict = "failed";
    }
    process.stdout.write(`\n${mark} ${verdict}\n`);
  }
  process.exit();
})();
