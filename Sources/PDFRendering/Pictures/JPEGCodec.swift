import CPangoCairo
import CTurboJPEG

/// Decodes and encodes JPEG with libjpeg-turbo.
enum JPEGCodec {
    struct Decoded {
        var surface: ImageSurface
        /// Nothing was wrong with it. Otherwise something of it may be grey: many cameras and programs write such files.
        var isClean: Bool
    }

    /// Decodes it as small as it can while the longer side keeps so many pixels, if it has them.
    static func decode(_ bytes: [UInt8], header: PictureHeader, side: Int) throws(PictureFailure) -> Decoded {
        guard let decoder = tjInitDecompress() else { throw .damaged }
        defer { tjDestroy(decoder) }
        // libjpeg-turbo decodes at eighths; 1/8 and 1/4, 1/2 are the fast ones.
        let eighths = [1, 2, 4, 8].first { max(header.width, header.height) * $0 / 8 >= side } ?? 8
        let width = (header.width * eighths + 7) / 8, height = (header.height * eighths + 7) / 8
        let surface = try ImageSurface(width: width, height: height, isOpaque: true)
        let outcome = bytes.withUnsafeBufferPointer { bytes in
            surface.withPixels { pixels, stride in
                tjDecompress2(
                    decoder, bytes.baseAddress, UInt(bytes.count), pixels, Int32(width), Int32(stride), Int32(height), Int32(TJPF_BGRX.rawValue),
                    TJFLAG_LIMITSCANS)
            }
        }
        guard outcome == 0 || tjGetErrorCode(decoder) == TJERR_WARNING.rawValue else { throw .damaged }
        return Decoded(surface: surface, isClean: outcome == 0)
    }

    static func encode(_ surface: ImageSurface, quality: Int) throws(PictureFailure) -> [UInt8] {
        guard let encoder = tjInitCompress() else { throw .damaged }
        defer { tjDestroy(encoder) }
        var bytes: UnsafeMutablePointer<UInt8>?
        var count: UInt = 0
        let outcome = surface.withPixels { pixels, stride in
            tjCompress2(
                encoder, pixels, Int32(surface.width), Int32(stride), Int32(surface.height), Int32(TJPF_BGRX.rawValue), &bytes, &count,
                Int32(TJSAMP_420.rawValue), Int32(quality), 0)
        }
        defer { tjFree(bytes) }
        guard outcome == 0, let bytes else { throw .damaged }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
}
