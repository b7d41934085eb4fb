# The images of Theriac: `docker build --target trainer|attacker|evaluator|driver .`, or without a daemon `npm run images -- build`.
#
#   BASE        what an image stands on: glibc 2.28 or newer, libstdc++, /usr/bin/env; nothing is run in it while it is built
#   NODE        where Node 20.19 to 22 and npm come from, a Debian; of it only the node binary gets into an image
#   TENSORFLOW  cpu | gpu (with NVIDIA's CUDA libraries)
#
# Where packages come from is the building machine's affair and stays out of every layer: the secrets npmrc, pipconf and ca (certificates
# of authorities, PEM), and the build context wheels, a folder that pip looks into first.
ARG BASE=docker.io/library/debian:bookworm-slim
ARG NODE=docker.io/library/node:22-bookworm-slim
ARG TENSORFLOW=cpu

FROM ${NODE} AS node

# --- packages -------------------------------------------------------------------------------------------------------------------------
FROM node AS manifests
WORKDIR /app
COPY . /all
RUN cd /all && find . -name package.json -exec cp -p --parents {} /app \; && cp -p .npmrc package-lock.json /app

FROM node AS installing
WORKDIR /app
ENV npm_config_cache=/var/cache/npm
COPY --from=manifests /app /app
COPY tools/images/prune.sh /tools/

FROM installing AS packages
RUN --mount=type=secret,id=npmrc --mount=type=secret,id=ca --mount=type=cache,target=/var/cache/npm \
    NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci --userconfig=/run/secrets/npmrc --prefer-offline

FROM packages AS build
COPY . .
RUN for package in libs/* services/* apps/*; do npm run -s build -w "$package" || exit 1; done \
    && for target in trainer attacker evaluator driver; do node tools/images/assemble.mjs "$target" "/out/$target" || exit 1; done \
    && mkdir /out/empty

FROM installing AS service-packages
RUN --mount=type=secret,id=npmrc --mount=type=secret,id=ca --mount=type=cache,target=/var/cache/npm \
    NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci --userconfig=/run/secrets/npmrc --prefer-offline --omit=dev -w services/trainer -w services/attacker -w services/evaluator \
    && sh /tools/prune.sh /app /out

FROM installing AS driver-packages
RUN --mount=type=secret,id=npmrc --mount=type=secret,id=ca --mount=type=cache,target=/var/cache/npm \
    NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci --userconfig=/run/secrets/npmrc --prefer-offline --omit=dev -w apps/cli \
    && sh /tools/prune.sh /app /out

# --- libtensorflow --------------------------------------------------------------------------------------------------------------------
FROM scratch AS wheels
COPY LICENSE /

FROM node AS libtensorflow
RUN apt-get update && apt-get install -y --no-install-recommends g++ python3-pip && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ARG TENSORFLOW
ENV THERIAC_TENSORFLOW=${TENSORFLOW} THERIAC_CACHE=/opt/theriac
COPY libs/tensors/package.json libs/tensors/package.json
COPY --from=packages /app/node_modules/@tensorflow /app/node_modules/@tensorflow
COPY --from=packages /app/node_modules/node-api-headers /app/node_modules/node-api-headers
COPY tools/libtensorflow tools/libtensorflow
COPY tools/libtensorflow.mjs tools/
RUN --mount=type=secret,id=pipconf,target=/etc/pip.conf --mount=type=secret,id=ca --mount=type=bind,from=wheels,target=/wheels \
    PIP_FIND_LINKS=/wheels node tools/libtensorflow.mjs \
    && grep -q "\"flavour\": \"$TENSORFLOW\"" node_modules/.theriac/libtensorflow.json \
    && rm -r /opt/theriac/libtensorflow/*/include && chmod -R a+rX /opt/theriac \
    && mkdir /out && cd / && cp -a --parents app/node_modules/.theriac app/node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8 /out

# --- images ---------------------------------------------------------------------------------------------------------------------------
FROM ${BASE} AS on-cpu
COPY --from=libtensorflow /opt/theriac /opt/theriac
COPY --from=libtensorflow /out /

FROM on-cpu AS on-gpu
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM on-${TENSORFLOW} AS runtime
ARG TENSORFLOW
ARG VERSION=unknown
ARG REVISION=unknown
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=build --chown=65532:65532 /out/empty /cache
WORKDIR /
# What is written goes to volumes: the root may be read-only.
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp \
    NODE_ENV=production THERIAC_DATA=/data THERIAC_CACHE=/cache
USER 65532:65532
LABEL org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.vendor=Theriac \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      theriac.tensorflow=${TENSORFLOW}

FROM runtime AS service
COPY --from=service-packages /out /app
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["theriac-health"]

FROM service AS trainer
LABEL org.opencontainers.image.title=theriac/trainer org.opencontainers.image.description="Trains models on clean and poisoned data"
COPY --from=build /out/trainer /
ENV THERIAC_LISTEN=0.0.0.0:50051
EXPOSE 50051 50060
ENTRYPOINT ["node", "/app/services/trainer/dist/main.js"]

FROM service AS attacker
LABEL org.opencontainers.image.title=theriac/attacker org.opencontainers.image.description="Crafts poison"
COPY --from=build /out/attacker /
ENV THERIAC_LISTEN=0.0.0.0:50052
EXPOSE 50052 50060
ENTRYPOINT ["node", "/app/services/attacker/dist/main.js"]

FROM service AS evaluator
LABEL org.opencontainers.image.title=theriac/evaluator org.opencontainers.image.description="Scores models on the test split"
COPY --from=build /out/evaluator /
ENV THERIAC_LISTEN=0.0.0.0:50053
EXPOSE 50053 50060
ENTRYPOINT ["node", "/app/services/evaluator/dist/main.js"]

FROM runtime AS driver
LABEL org.opencontainers.image.title=theriac/driver org.opencontainers.image.description="Plays games over the three services"
COPY --from=driver-packages /out /app
COPY --from=build /out/driver /
COPY --from=build --chown=65532:65532 /out/empty /runs
ENTRYPOINT ["theriac"]
