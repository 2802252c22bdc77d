# A tag for those who build by hand. A published image stands on a digest: `thumbnailer-ecs push` fills it in.
ARG BASE=node:24-trixie-slim

# The dependencies come before the sources and have a layer of their own, so that a change of the code uploads the last
# layers alone.
FROM ${BASE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Type declarations and source maps are two fifths of it, and nothing reads them.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund && \
    find node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' \) -delete

# The sources and the packages that every start loads, as a few files: half of a start was spent on finding seven hundred.
FROM ${BASE} AS bundle
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/bundle.ts ./scripts/
COPY scripts/bundle ./scripts/bundle
COPY src ./src
RUN node scripts/bundle.ts dist

FROM ${BASE} AS application
ENV NODE_ENV=production
# glibc keeps an arena for each thread and much of what was freed, and decoding scatters large blocks over all of them.
# These are the values of src/process/tuning.ts, which would replace the process in order to set them.
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
# Fonts for the text of drawings (SVG), and where to find them.
RUN apt-get update && \
    apt-get install -y --no-install-recommends fontconfig-config fonts-liberation && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY scripts/healthcheck.js ./scripts/
COPY --from=bundle /app/dist ./dist
# The command: docker run --rm --volume "$PWD:/images" thumbnailer thumbnailer make /images --size 256 --output /images/small
RUN chmod +x dist/cli.js && ln -s /app/dist/cli.js /usr/local/bin/thumbnailer

# Node keeps what it compiled for one user id and for V8's flags, so it is the user of the service that compiles, and with
# the service's flags.
FROM application AS compiled
COPY scripts/fill-compile-cache.js ./scripts/
USER node
RUN NODE_COMPILE_CACHE=/tmp/compile-cache \
    node --max-old-space-size-percentage=25 --max-semi-space-size=8 --heap-growing-percent=300 \
    --no-allocation-site-pretenuring scripts/fill-compile-cache.js
# The processes that decode have flags of their own. This one is told at once that there is nothing to decode.
RUN NODE_COMPILE_CACHE=/tmp/compile-cache \
    node --max-old-space-size=64 --max-semi-space-size=1 --single-threaded-gc \
    dist/decoder.js '{"inputFormats":["jpeg"],"maxPixels":1}' 3<>/dev/null
# Node writes them for their owner alone, who is to be root.
RUN chmod -R a+rX /tmp/compile-cache

FROM application
COPY --from=compiled --chown=root:root /tmp/compile-cache ./compile-cache
ENV NODE_COMPILE_CACHE=/app/compile-cache
# The files belong to root: the process can read them and change nothing.
USER node
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["node", "scripts/healthcheck.js"]
# In exec form, so that signals reach Node itself. The flags are those of src/process/tuning.ts.
CMD ["node", "--max-old-space-size-percentage=25", "--max-semi-space-size=8", "--heap-growing-percent=300", \
    "--no-allocation-site-pretenuring", "dist/main.js"]
ARG BASE
ARG GIT_SHA=unknown
LABEL org.opencontainers.image.title="thumbnailer" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="${BASE}" \
      org.opencontainers.image.revision="${GIT_SHA}"
