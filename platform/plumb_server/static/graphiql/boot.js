// Starts GraphiQL against the page's own server, with the session's CSRF word.
(function () {
  const LOGIN = `# 请填写邮箱与密码并运行，登录后页面自动刷新。
# Fill in e-mail and password, run, and the page reloads.
mutation {
  login(input: {email: "", password: ""}) {
    ... on LoginSuccess { csrfToken }
    ... on Problem { code message }
  }
}
`;
  const FIRST = `# 您的公司、权限和前 10 个目标。
# Your company, what you may do, and the first ten goals.
{
  company { name timeZone }
  viewer { roles permissions { permission scope } }
  goals(first: 10) { edges { node { title target state } } }
}
`;
  const csrf = document.querySelector('meta[name="plumb-csrf"]').content;
  const ask = GraphiQL.createFetcher({ url: '/graphql', headers: { 'X-Plumb-CSRF': csrf }, enableIncrementalDelivery: false });
  // Everything that the page knows, the schema and the CSRF word, is the session's: a new session is a new page.
  const fetcher = async (query, options) => {
    const answer = await ask(query, options);
    const login = answer && answer.data && answer.data.login;
    if (login && login.csrfToken) location.reload();
    return answer;
  };
  const page = React.createElement(GraphiQL, {
    fetcher,
    schema: csrf ? undefined : null, // who has not signed in is shown no schema, and no error for it
    plugins: [GraphiQLPluginExplorer.explorerPlugin()],
    defaultTabs: [{ query: csrf ? FIRST : LOGIN }],
    shouldPersistHeaders: false,
    // What was typed, a password above all, is not kept beyond the page.
    storage: { length: 0, getItem: () => null, setItem: () => undefined, removeItem: () => undefined, clear: () => undefined },
  });
  ReactDOM.createRoot(document.getElementById('graphiql')).render(page);
})();
