import type { OptionLimits } from '../../domain/request/option.ts';
import { middleOf } from '../pages/form-options.ts';
import { type Site, hasForm } from '../site.ts';
import { type ApiDescription, type OperationDescription, describeApi } from './api-description.ts';
import { SAVED_UNDER_ITS_OWN_NAME, curlCommand } from './examples.ts';
import { type TrialField, readTrial, trialFields } from './trial.ts';

/** The page about the API. */
export interface DocsView extends Omit<ApiDescription, 'operations'> {
  /** Where the service is: scheme, authority and base path. */
  readonly base: string;
  readonly site: Site;
  readonly operations: readonly OperationView[];
}

interface OperationView extends OperationDescription {
  readonly curl: string;
  /** None where nobody can try it with a form. */
  readonly fields: readonly (TrialField & { readonly value: string })[];
  /** Sizes in which a form can send an image along, where it takes one. */
  readonly uploads: readonly { readonly label: string; readonly address: string }[];
  /** What was tried. */
  readonly tried: { readonly address: string; readonly curl: string; readonly isImage: boolean } | null;
}

/** Makes the page's view from the tables, once; then for each request from where it came and what it tries. */
export function docsViews(
  limits: OptionLimits,
  site: Site,
): (base: string, query: URLSearchParams) => DocsView {
  const api = describeApi(limits, site);
  const first: Readonly<Record<string, string>> = { size: String(middleOf(limits.openSizes)) };
  const fields = hasForm(site) ? trialFields(api, limits) : {};
  return (base, query) => {
    const trial = readTrial(query, api, fields);
    return {
      ...api,
      base,
      site,
      operations: api.operations.map((operation) => {
        const { id, path, example } = operation;
        const values = trial?.id === id ? trial.values : first;
        const address = example.query === '' ? base + path : `${base}${path}?${example.query}`;
        return {
          ...operation,
          curl: curlCommand(address, example.flags),
          fields: (fields[id] ?? []).map((field) => ({ ...field, value: values[field.name] ?? '' })),
          uploads: hasForm(site) ? uploadsOf(operation, limits) : [],
          tried:
            trial?.id === id
              ? {
                  address: trial.address,
                  curl: curlCommand(
                    base + trial.address,
                    id === 'getThumbnail' ? SAVED_UNDER_ITS_OWN_NAME : [],
                  ),
                  isImage: id === 'getThumbnail',
                }
              : null,
        };
      }),
    };
  };
}

/** A form with a file cannot choose its query, but each of its buttons can. */
function uploadsOf(
  { id, path }: OperationDescription,
  { openSizes }: OptionLimits,
): OperationView['uploads'] {
  if (id === 'infoUpload') return [{ label: 'Send', address: path }];
  if (id !== 'thumbnailUpload') return [];
  return openSizes.map((size) => ({ label: `${size} px`, address: `${path}?size=${size}` }));
}
