// Starts GraphiQL against the page's own server, with the session's CSRF word.
(function () {
  const csrf = document.querySelector('meta[name="plumb-csrf"]').content;
  const fetcher = GraphiQL.createFetcher({ url: '/graphql', headers: { 'X-Plumb-CSRF': csrf } });
  const explorer = GraphiQLPluginExplorer.explorerPlugin();
  const page = React.createElement(GraphiQL, { fetcher, plugins: [explorer], shouldPersistHeaders: false });
  ReactDOM.createRoot(document.getElementById('graphiql')).render(page);
})();
