/** Sets these variables (undefined unsets) for the suite around it, and puts back what was there before. */
export function useEnvironment(variables: Readonly<Record<string, string | undefined>>): void {
  const previous = new Map<string, string | undefined>();
  before(() => {
    for (const [name, value] of Object.entries(variables)) {
      previous.set(name, process.env[name]);
      setVariable(name, value);
    }
  });
  after(() => previous.forEach((value, name) => setVariable(name, value)));
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}
