# Build: the program is pure Go, so the binary is static and needs nothing around it.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/intake . \
 && mkdir -p /out/data && chown 65532:65532 /out/data && chmod 0700 /out/data

# Run: nothing but the binary, the certificates of the public authorities and one writable volume.
# Start it with --read-only; secrets come at run time, as files (ALLEVIATE_CLIENT_SECRET_FILE).
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/intake /intake
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
WORKDIR /
ENV INTAKE_ADDR=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=6s --start-period=10s CMD ["/intake", "health"]
ENTRYPOINT ["/intake"]
