// What a script exports, told in its place while it is checked.
const ROOTS = new Set([Object.prototype, Function.prototype, undefined, null]);

function handlersOf(value) {
  const own = typeof value === "function" ? value.prototype : value;
  const names = new Set();
  for (let level = own; !ROOTS.has(level) && !isNative(level.constructor, level); ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      if (name !== "constructor" && isMethod(level, name)) names.add(name);
    }
    level = Object.getPrototypeOf(level);
  }
  return [...names];
}

// A class of the runtime's own, such as WorkerEntrypoint.
function isNative(made, level) {
  return typeof made === "function" && made.prototype === level && /\[native code\]/.test(made);
}

function isMethod(level, name) {
  return typeof Object.getOwnPropertyDescriptor(level, name).value === "function";
}

function isEntrypoint(value) {
  if (typeof value === "function") return /^class\b/.test(Function.prototype.toString.call(value));
  return typeof value === "object" && value !== null && handlersOf(value).length > 0;
}

export function describe(script) {
  const named = Object.entries(script).filter(([name, value]) => name !== "default" && isEntrypoint(value));
  return {
    handlers: handlersOf(script.default ?? {}),
    exports: Object.fromEntries(named.map(([name, value]) => [name, handlersOf(value)])),
  };
}
