(async (script, wasm) => {
  await new Promise((idle) => ("requestIdleCallback" in window ? requestIdleCallback(idle) : setTimeout(idle)));
  const islands = await import(script);
  await islands.default({ module_or_path: wasm });
  islands.hydrate();
  for (const island of document.querySelectorAll("leptos-island")) await islands[island.dataset.component]?.(island);
});
