// A binding of a product that the twin has not: whatever is done with it throws and says so.
export default ({ kind }) => {
  const refuse = () => {
    throw new Error(`The binding ${kind} is not implemented by Cloudflare Twin`);
  };
  // Symbols and `then` are asked for by whoever prints or awaits it.
  const get = (_, name) => (typeof name === "symbol" || name === "then" ? undefined : refuse);
  return new Proxy({}, { get });
};
