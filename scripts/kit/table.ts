/** Rows as lines of a terminal: the first column to the left, the others to the right unless all are `left`. */
export function table(rows: readonly (readonly string[])[], { left = false } = {}): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number) =>
    left || column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('   ').trimEnd()).join('\n');
}
