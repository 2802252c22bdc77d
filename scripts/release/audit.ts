interface AuditReport {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
  readonly metadata?: { readonly vulnerabilities?: { readonly total?: number } };
  /** In place of the others, where the registry gave no answer. */
  readonly message?: string;
}

/**
 * Why there must be no release, or undefined: nothing is known against any package. No answer is no clean one.
 *
 * @param output of `npm audit --json`
 */
export function auditFault(output: string): string | undefined {
  const report = reportIn(output);
  const total = report.metadata?.vulnerabilities?.total;
  if (total === 0) return undefined;
  if (total === undefined)
    return `npm audit had no answer (${report.message ?? 'no report'}): release where the registry gives one.`;
  const names = Object.entries(report.vulnerabilities ?? {}).map(
    ([name, { severity }]) => `${name} (${severity})`,
  );
  return `npm audit knows of faults in ${names.join(', ')}: see npm audit.`;
}

function reportIn(output: string): AuditReport {
  try {
    return JSON.parse(output) as AuditReport;
  } catch {
    // npm was stopped, or said something that is meant for people.
    return {};
  }
}
