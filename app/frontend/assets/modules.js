// The modules of the bundles (bundles.py), by their paths below app/. It is the beginning of the first
// bundle, from which the others import it. A module is evaluated when it is first loaded.
const factories = new Map();
const modules = new Map();

// Several bundles may contain a module: it exists once.
export function defineModule(name, factory) {
  if (!factories.has(name)) factories.set(name, factory);
}

// Returns what a module exports.
export function loadModule(name) {
  if (!modules.has(name)) modules.set(name, factories.get(name)());
  return modules.get(name);
}
