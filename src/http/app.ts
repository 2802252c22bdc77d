import type { RequestListener } from 'node:http';
import Router from '@koa/router';
import Koa from 'koa';
import type { HostPattern } from '../domain/access/host-pattern.ts';
import type { OptionLimits } from '../domain/request/option.ts';
import type { LifetimePolicy } from '../domain/source/freshness.ts';
import type { ThumbnailService } from '../domain/making/thumbnail-service.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Assets } from './pages/assets.ts';
import { CrossOrigin } from './cross-origin.ts';
import { hitsFirst } from './thumbnail/hits.ts';
import { allowedHosts } from './middleware/allowed-hosts.ts';
import { withoutBasePath } from './middleware/base-path.ts';
import { crossOriginHeaders } from './middleware/cross-origin-headers.ts';
import { errorAnswers } from './middleware/error-answers.ts';
import { loopGuard } from './middleware/loop-guard.ts';
import { RequestContexts, requestContext } from './middleware/request-context.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { samplesIn } from './pages/page-samples.ts';
import { Pages } from './pages/pages.ts';
import { recentForms } from './pages/form-source.ts';
import { RecentPages } from './pages/recent-pages.ts';
import type { InFlightResponses } from './server/in-flight-responses.ts';
import type { RequestSummary, RequestTracer } from './server/request-observers.ts';
import type { RequestState } from './server/request-state.ts';
import { docsRoute } from './routes/docs.ts';
import { aboutPage, formPage, refuseForm, submitForm } from './routes/form.ts';
import { health } from './routes/health.ts';
import { infoRoute, uploadInfoRoute } from './routes/info.ts';
import { openApiRoute } from './routes/openapi.ts';
import { preflight } from './routes/preflight.ts';
import { purgeRoute, thumbnailRoute } from './routes/thumbnail.ts';
import { switchedOff } from './switched-off.ts';
import { uploadRoute } from './routes/upload.ts';
import { type Site, hasForm } from './site.ts';
import type { Fallback } from './thumbnail/fallback.ts';
import { answerSender } from './thumbnail/send-answer.ts';
import type { UploadLimits } from './body/limits.ts';

export interface AppOptions {
  readonly service: ThumbnailService;
  readonly logger: Logger;
  readonly site: Site;
  /** The operator's own image, for where another is not to be had. */
  readonly fallback?: Fallback | undefined;
  readonly allowedHosts: readonly HostPattern[];
  /** Origins whose scripts may read answers: `*` for any; those listed by name may upload too. */
  readonly allowedOrigins: readonly string[];
  /** Whether browsers that came over HTTPS are to come over nothing else. */
  readonly hsts: boolean;
  /** How long thumbnails are kept, fresh or stale. */
  readonly lifetimes: LifetimePolicy;
  /** What may be asked for. */
  readonly limits: OptionLimits;
  /** Host name of this process, for the result page. */
  readonly serverName: string;
  /** Of images that are sent here. */
  readonly uploads: UploadLimits;
  /** False from the moment the process is asked to stop. */
  readonly isReady: () => boolean;
  /** Aborts when stopping takes too long; requests in flight are then answered with its reason. */
  readonly shutdownDeadline: AbortSignal;
  /** Has each response from the arrival of its request to its end. */
  readonly inFlight: InFlightResponses;
  /** Called with each request, except for health, when it is over. */
  readonly onRequest?: ((request: RequestSummary) => void) | undefined;
  readonly traceRequest?: RequestTracer | undefined;
  /** Networks, in CIDR notation, whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
}

/** What answers requests: the whole web application, and before it a short way for what the cache has. */
export function createHandler(options: AppOptions): RequestListener {
  const contexts = new RequestContexts(options);
  const handle = createApp(options, contexts).callback();
  const sendAnswer = answerSender({
    ...options,
    crossOrigin: new CrossOrigin(options.allowedOrigins),
  });
  return hitsFirst(
    { ...options, contexts, sendAnswer },
    (request, response) => void handle(request, response),
  );
}

/** The whole web application, as one list of what happens to a request. */
export function createApp(options: AppOptions, contexts = new RequestContexts(options)): Koa<RequestState> {
  const { service, limits, serverName, site, uploads, fallback } = options;
  const assets = new Assets(site.basePath);
  const pages = new Pages({
    site,
    stylesheetHref: assets.href('/style.css'),
    scriptHref: assets.href('/app.js'),
    faviconHref: assets.href('/favicon.svg'),
    samples: samplesIn(site.inputFormats).map(({ preview, ...sample }) => ({
      ...sample,
      previewHref: assets.href(preview),
    })),
  });
  const crossOrigin = new CrossOrigin(options.allowedOrigins);
  const sendAnswer = answerSender({ ...options, crossOrigin });
  const recent = { recentForms: recentForms(), recentPages: new RecentPages() };
  const form = { ...recent, service, pages, limits, serverName, site, uploads, assets };

  // One address for one thing: caches and rules in front go by it.
  const router = new Router<RequestState>({ sensitive: true, strict: true });
  router.get('/', hasForm(site) ? formPage(form) : aboutPage(pages));
  if (site.form === 'off') switchedOff(router, '/');
  else router.post('/', hasForm(site) ? submitForm(form) : refuseForm());
  router.get('/thumbnail', thumbnailRoute({ service, fallback, sendAnswer }));
  if (!site.uploads) switchedOff(router, '/thumbnail');
  else {
    router.post('/thumbnail', uploadRoute({ service, limits, uploads, crossOrigin, fallback, sendAnswer }));
  }
  router.delete('/thumbnail', purgeRoute({ service, limits }));
  router.options('/thumbnail', preflight(crossOrigin, ['GET', 'HEAD', 'POST', 'DELETE']));
  router.get('/info', infoRoute({ service, limits, uploads, crossOrigin, sendAnswer }));
  if (!site.uploads) switchedOff(router, '/info');
  else router.post('/info', uploadInfoRoute({ service, limits, uploads, crossOrigin, sendAnswer }));
  router.options('/info', preflight(crossOrigin, ['GET', 'HEAD', 'POST']));
  router.get('/docs', docsRoute(pages, limits, site));
  router.get('/openapi.json', openApiRoute(limits, site));
  router.options('/openapi.json', preflight(crossOrigin, ['GET', 'HEAD']));
  for (const path of assets.paths) router.get(path, assets.route(path));

  const app = new Koa<RequestState>();
  app.use(health(options));
  app.use(requestContext(contexts));
  app.use(securityHeaders(options));
  app.use(crossOriginHeaders(crossOrigin));
  app.use(errorAnswers(pages));
  app.use(withoutBasePath(site.basePath));
  app.use(allowedHosts(options.allowedHosts, assets.paths));
  app.use(loopGuard(assets.paths));
  app.use(router.routes());
  // What goes wrong after the answer has begun, a connection reset for the most part, comes up here.
  app.on('error', (error: Error) => options.logger.debug({ err: error }, 'connection error'));
  return app;
}
