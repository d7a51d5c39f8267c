// PostGraphile 5 over the same database: one process, one pool, the tenant of each request by pgSettings.
import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { postgraphile } from "postgraphile";

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      poolConfig: {
        host: process.env.BENCH_HOST,
        user: process.env.BENCH_USER,
        password: process.env.BENCH_PASSWORD,
        database: process.env.BENCH_DATABASE,
        max: 10,
      },
      schemas: ["public"],
    }),
  ],
  grafast: {
    explain: false,
    context: ({ node }) => ({ pgSettings: { "app.tenant": node?.req.headers["x-tenant"] } }),
  },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
});
const server = createServer();
server.on("error", (error) => { console.error(error); process.exit(1); });
await instance.createServ(grafserv).addTo(server);
server.listen(Number(process.argv[2]), "127.0.0.1");
