// GraphiQL as Quoin serves it: one tab for each ready query, which the server writes into the page.
import { parse } from "graphql";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import "graphiql/style.css";

const home = document.currentScript.src;
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(new URL(WORKERS[label] ?? WORKERS.editor, home)),
};

/** One tab for each operation, with the comment that stands above it. */
function tabs(text) {
  let end = 0;
  return parse(text).definitions.map(({ loc }) => {
    const query = text.slice(end, loc.end).trim();
    end = loc.end;
    return { query };
  });
}

async function fetcher({ query, operationName, variables }, options) {
  const answer = await fetch(location.pathname, {
    method: "POST",
    headers: {
      ...options?.headers,
      Accept: "application/graphql-response+json",
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ query, operationName, variables }),
  });
  return answer.json();
}

const defaultTabs = tabs(document.getElementById("queries").textContent);
createRoot(document.getElementById("graphiql")).render(<GraphiQL fetcher={fetcher} defaultTabs={defaultTabs} />);
